import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const run = promisify(execFile);
const part = resolve(import.meta.dirname, "..");
const folder = await mkdtemp(join(tmpdir(), "pipeline-package-"));
afterAll(async () => await rm(folder, { recursive: true }));

test("the package that npm packs runs without the repository: `npx pipeline`", { timeout: 120_000 }, async () => {
  await run("npm", ["pack", "--pack-destination", folder], { cwd: part });
  await run("tar", ["-xzf", join(folder, "helloagents-otel-collector-0.1.0.tgz"), "-C", folder]);
  // What `npm install` would put beside it.
  await symlink(join(dirname(part), "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "own.yaml"), 'receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:4318" } } } }\nexporters: { debug: {} }\nservice: { pipelines: { traces: { receivers: [otlp], exporters: [debug] } } }\n');
  await writeFile(join(folder, "own.test.yaml"), "cases:\n  - name: what comes in goes out\n    given: { spans: [{ name: work }] }\n    expect: { debug: { count: 1 } }\n");
  const pipeline = (...args: string[]): Promise<{ stdout: string }> => run(process.execPath, ["package/dist/main.js", ...args], { cwd: folder });
  expect((await pipeline("test", "own.test.yaml", "--config", "own.yaml")).stdout).toContain("1 case: 1 passed");
  await expect(pipeline("check", "own.yaml", "--no-boot")).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining("memory-limiter-first") as string });
});
