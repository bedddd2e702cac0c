// Every command of the operations and troubleshooting guides is run, as written, against the running stack.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { promql } from "../support/queries.ts";
import { type OwnStack, repository, startStack } from "../support/stack.ts";

const guides = ["docs/MONITORING_TROUBLESHOOTING.md", "docs/MONITORING_DEPLOYMENT_GUIDE.md"];
/** Where the guides say that a system runs, and the stack's name for it. */
const documented = { 9090: "prometheus", 9093: "alertmanager", 8000: "backend", 3000: "console" } as const;
/** Settings for a machine, not commands on a running system. */
const about = (block: string): boolean => !/npm start|docker compose|openssl/.test(block);

let folder: string;
// A stack of its own: silences of the guides would keep alerts of other stories quiet.
let stack: OwnStack;

beforeAll(async () => {
  stack = await startStack();
  // Somebody who looks for a fault has a system that ran for a while.
  await eventually("the API's first figures", async () => (await promql(stack, 'http_server_request_duration_seconds_count{job="helloagents-api"} and on () up{job="helloagents-api"}')).length > 0);
  folder = await mkdtemp(join(tmpdir(), "documented-"));
  for (const [name, version] of [["promtool", "3.16.0"], ["amtool", "0.31.1"]] as const) {
    await symlink(process.env[`${name.toUpperCase()}_BIN`] ?? join(homedir(), `.cache/helloagents/bin/${name}-${version}`), join(folder, name));
  }
}, 180_000);

afterAll(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
  await rm(join(repository, "backup-today"), { recursive: true, force: true });
}, 60_000);

const blocks = await Promise.all(guides.map(async (guide) => {
  const text = await readFile(join(repository, guide), "utf8");
  return [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""], index) => ({ guide, index, block })).filter(({ block }) => about(block));
}));

test.for(blocks.flat())("$guide, block $index", { timeout: 240_000 }, async ({ block }) => {
  const script = Object.entries(documented).reduce((text, [port, name]) => text.replaceAll(`localhost:${port}`, `127.0.0.1:${stack.ports[name]}`), block);
  const { code, output } = await new Promise<{ code: number; output: string }>((done) => {
    const env = { ...process.env, PATH: `${folder}:${join(repository, "node_modules/.bin")}:${process.env["PATH"]}`, ALERTMANAGER_URL: stack.url("alertmanager"), PROMETHEUS_URL: stack.url("prometheus"), NODE_OPTIONS: "" };
    execFile("bash", ["-euo", "pipefail", "-c", script], { cwd: repository, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, output: stdout + stderr }));
  });
  expect(code, output.slice(-3_000)).toBe(0);
  expect(output.trim()).not.toBe("");
  // Prometheus and Alertmanager answer a wrong question with a JSON error, and curl is content.
  expect(output).not.toMatch(/"status":"error"|"code":4\d\d,"message"|in body is required/);
});
