import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "backend-sandbox-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts a thread as the pool does and asks it for its environment, its flags and whether it had to load Node's type stripper. */
const program = `
import { Worker } from "node:worker_threads";
import { prepareWorkerCall } from ${JSON.stringify(join(import.meta.dirname, "worker-start.ts"))};
const { code, options } = await prepareWorkerCall();
const asked = code.replace(/serveTasks\\(\\)\\)$/, "require('node:worker_threads').parentPort.postMessage({ serves: typeof serveTasks, env: process.env, flags: process.execArgv, stripper: process.moduleLoadList.some((name) => name.includes('amaro')) }))");
new Worker(asked, options).on("message", (answer) => console.log(JSON.stringify(answer)));
`;

async function ask(env: Record<string, string>): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program], { env: { PATH: process.env["PATH"], SECRET: "s", ...env } });
  return JSON.parse(stdout);
}

test("with a compile cache, even an empty one, no thread loads the type stripper", async () => {
  expect(await ask({ NODE_COMPILE_CACHE: folder })).toEqual({ serves: "function", env: { NODE_COMPILE_CACHE: folder }, flags: [], stripper: false });
});

test("a cache that cannot be written, or none, costs memory and nothing else", async () => {
  expect(await ask({ NODE_COMPILE_CACHE: "/dev/null/cache" })).toMatchObject({ serves: "function", stripper: true });
  expect(await ask({})).toEqual({ serves: "function", env: {}, flags: [], stripper: true });
});
