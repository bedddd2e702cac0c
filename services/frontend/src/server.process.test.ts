import { execFile, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { beforeAll, expect, test } from "vitest";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
const main = join(root, "src/server.ts");

beforeAll(async () => {
  if (!existsSync(join(root, "dist/index.html"))) await build({ root, logLevel: "warn" });
}, 60_000);

function run(env: Record<string, string>): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main], { env: { ...process.env, ...env } }, (error, _stdout, stderr) => resolve({ code: (error?.code as number | undefined) ?? 0, stderr }));
  });
}

test("says where it listens, answers, and ends on SIGTERM with code 0", async () => {
  const child = spawn(process.execPath, [main], { env: { ...process.env, HOST: "127.0.0.1", PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = /^frontend listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(String(line))?.[1];
  expect((await fetch(`${url}/health`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("a taken port is one line that names it and its setting", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const { code, stderr } = await run({ PORT: String(port) });
  taken.close();
  expect(code).toBe(1);
  expect(stderr.trim().split("\n").filter((line) => !line.includes("telemetry"))).toEqual([`frontend: port ${port} on 127.0.0.1 is taken. End what uses it or set PORT to another one.`]);
});

test("a bad setting is one line, not a stack trace", async () => {
  expect(await run({ BACKEND_URL: "nowhere" })).toEqual({ code: 1, stderr: 'frontend: BACKEND_URL must be an http or https URL such as http://127.0.0.1:8000, not "nowhere".\n' });
});
