import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startTestDatabase } from "./test-support/database.ts";
import type { TestDatabase } from "./test-support/database.ts";
import { client, listen, signIn } from "./test-support/http.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.close());

interface Run {
  /** All that was printed, once it matches; fails when the process ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  end: Promise<{ code: number | null; signal: string | null; output: string }>;
  kill(signal: NodeJS.Signals): void;
}

function run(file: string, env: Record<string, string>, flags: string[] = []): Run {
  const child = spawn(process.execPath, [...flags, fileURLToPath(new URL(file, import.meta.url))], { env: { PATH: process.env["PATH"], PORT: "0", ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const end = once(child, "close").then(([code, signal]) => ({ code, signal, output }));
  return {
    end,
    kill: (signal) => void child.kill(signal),
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        const more = await Promise.race([once(child.stdout, "data"), once(child.stderr, "data"), end.then(() => undefined)]);
        if (more === undefined) throw new Error(`ended without saying ${pattern}: ${output}`);
      }
    },
  };
}

test("the backend says where it listens, and ends with 0 on SIGTERM, also with a program under way", async () => {
  const backend = run("./main.ts", { DATABASE_URL: database.url });
  const [, url] = await backend.said(/backend listening on (http:\/\/127\.0\.0\.1:\d+)\n/);
  const { api } = await signIn(url!, "Ada");
  const running = api("POST", "/api/executions", { language: "javascript", code: "for (;;);" }).catch(() => undefined);
  await client(url!)("GET", "/health");
  backend.kill("SIGTERM");
  expect(await backend.end).toMatchObject({ code: 0, signal: null });
  await running;
});

test("what is preloaded into the service is not loaded into its sandboxes", async () => {
  const preload = `data:text/javascript,import { threadId } from "node:worker_threads"; console.log("preloaded in thread " + threadId);`;
  const backend = run("./main.ts", { DATABASE_URL: database.url, NODE_OPTIONS: `--import=${encodeURI(preload)}` });
  const [, url] = await backend.said(/backend listening on (http:\/\/127\.0\.0\.1:\d+)\n/);
  const { api } = await signIn(url!, "Ada");
  expect((await api("POST", "/api/executions", { language: "javascript", code: "1" })).status).toBe(200);
  backend.kill("SIGINT");
  const { output, code } = await backend.end;
  expect(code).toBe(0);
  expect(output.match(/preloaded in thread \d+/g)).toEqual(["preloaded in thread 0"]);
});

test("a bad setting, a taken port and a missing database are one line each, and exit code 1", async () => {
  const taken = await listen(() => undefined);
  onTestFinished(() => taken.close());
  const port = new URL(taken.url).port;
  expect(await run("./main.ts", { PORT: "eighty" }).end).toEqual({ code: 1, signal: null, output: 'backend: PORT must be a whole number from 0 to 65535, not "eighty"\n' });
  expect(await run("./main.ts", { DATABASE_PASSWORD_FILE: "/nowhere/password" }).end).toEqual({ code: 1, signal: null, output: "backend: DATABASE_PASSWORD_FILE names /nowhere/password, which cannot be read (ENOENT)\n" });
  expect(await run("./main.ts", { PORT: port, DATABASE_URL: database.url }).end).toEqual({ code: 1, signal: null, output: `backend: port ${port} is taken (setting PORT)\n` });
  expect(await run("./assistant-stand-in.ts", { PORT: port }).end).toEqual({ code: 1, signal: null, output: `assistant stand-in: port ${port} is taken (setting PORT)\n` });
  const without = await run("./main.ts", { DATABASE_URL: `postgres://x@127.0.0.1:${port}/x`, DATABASE_WAIT_MS: "0" }).end;
  expect(without.code).toBe(1);
  expect(without.output.trim().split("\n")).toEqual([expect.stringMatching(/^backend: .*127\.0\.0\.1:\d+.*DATABASE_URL/)]);
});

test("it can be ended while it waits for the database", async () => {
  const free = await listen(() => undefined);
  await free.close();
  const backend = run("./main.ts", { DATABASE_URL: free.url.replace("http", "postgres") });
  await backend.said(/waiting for the database at 127\.0\.0\.1/);
  backend.kill("SIGTERM");
  expect(await backend.end).toMatchObject({ code: 0, signal: null });
});

test("the stand-in serves and ends", async () => {
  const standIn = run("./assistant-stand-in.ts", {});
  const [, url] = await standIn.said(/assistant stand-in listening on (\S+)\n/);
  expect((await client(url!)("GET", "/v1/models")).status).toBe(200);
  standIn.kill("SIGTERM");
  expect(await standIn.end).toMatchObject({ code: 0, signal: null });
});
