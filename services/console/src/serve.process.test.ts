import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";

const main = join(import.meta.dirname, "main.ts");

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: { PATH: process.env["PATH"], PORT: "0", SMTP_PORT: "0", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const output = { out: "", err: "" };
  child.stdout.on("data", (data) => (output.out += data));
  child.stderr.on("data", (data) => (output.err += data));
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  const ready = new Promise<void>((done) => child.stdout.once("data", () => done()));
  return { child, output, ended, ready: Promise.race([ready, ended.then(() => Promise.reject(new Error(`ended: ${output.err}`)))]) };
}

test.each(["SIGTERM", "SIGINT"] as const)("says where it listens and ends by itself on %s, with a live stream open", async (signal) => {
  const console = start({});
  await console.ready;
  const [, url] = /^console listening on (http:\/\/127\.0\.0\.1:\d+) \(mail on smtp:\/\/127\.0\.0\.1:\d+\)\n$/.exec(console.output.out) ?? [];
  const stream = await fetch(`${url}/api/inbox/stream`);
  expect(stream.status).toBe(200);
  console.child.kill(signal);
  expect([await console.ended, console.output.err]).toEqual([0, ""]);
  await stream.text().catch(() => undefined);
});

test.each([
  [{ PORT: "http" }, "console: PORT=http is not a port: give a number from 0 to 65535\n"],
  [{ PROMETHEUS_URL: "localhost" }, "console: PROMETHEUS_URL=localhost is not an address: give one like http://127.0.0.1:9090\n"],
])("one line for a bad setting: %o", async (env, line) => {
  const console = start(env);
  console.ready.catch(() => undefined);
  expect([await console.ended, console.output.err]).toEqual([1, line]);
});

test.each(["PORT", "SMTP_PORT"])("one line for a taken %s", async (setting) => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => other.once("listening", done));
  const { port } = other.address() as AddressInfo;
  const console = start({ [setting]: String(port) });
  console.ready.catch(() => undefined);
  expect([await console.ended, console.output.err]).toEqual([1, `console: port ${port} on 127.0.0.1 is taken: stop what uses it, or choose another with ${setting}\n`]);
  other.close();
});
