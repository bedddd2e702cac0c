import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { findProgram } from "./binaries.ts";
import { root } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "slo-"));
const definitions = join(folder, "slo.yml");
const out = join(folder, "generated");
cpSync(join(root, "SLO_DEFINITIONS.yml"), definitions);
afterAll(() => rmSync(folder, { recursive: true }));

/** Exit code and all output of a program started in the temporary folder. */
async function run(program: string, ...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => {
    execFile(program, args, { cwd: folder }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }));
  });
}

async function monitoring(...args: string[]): Promise<{ code: number; text: string }> {
  return await run(process.execPath, join(root, "src/main.ts"), ...args);
}

test("generate writes, --check notices what is stale, and what no objective wants any more is removed", async () => {
  const options = ["--file", "slo.yml", "--out", "generated"];
  expect(await monitoring("generate", ...options)).toMatchObject({ code: 0, text: "generated: wrote sla.yml, slo-api-availability.yml, slo-api-latency.yml, slo-sandbox-success.yml\n" });
  appendFileSync(join(out, "slo-api-latency.yml"), "# by hand\n");
  writeFileSync(join(out, "slo-gone.yml"), "groups: []\n");
  expect(await monitoring("generate", "--check", ...options)).toMatchObject({ code: 1, text: expect.stringContaining("slo-api-latency.yml, slo-gone.yml are not") });
  expect(await monitoring("generate", ...options)).toMatchObject({ code: 0, text: "generated: wrote slo-api-latency.yml, slo-gone.yml\n" });
  expect(await monitoring("generate", "--check", ...options)).toMatchObject({ code: 0 });
});

test("Prometheus accepts rules of every kind of indicator", async () => {
  const probe = 'version: 1\nservice: shop\nsli: {alive: {probe: \'up{job="shop"}\'}, whole: {histogram: http_server_request_duration_seconds, within: 2s}}\nslo:\n  - {name: alive, sli: alive, objective: 99.9%, window: 28d, symptom: down}\n  - {name: whole, sli: whole, objective: 99%, window: month, symptom: latency}\n';
  writeFileSync(join(folder, "kinds.yml"), probe);
  expect(await monitoring("generate", "--file", "kinds.yml", "--out", "kinds")).toMatchObject({ code: 0 });
  expect(await run(findProgram("promtool"), "check", "rules", "--lint=all", "--lint-fatal", "kinds/slo-alive.yml", "kinds/slo-whole.yml")).toMatchObject({ code: 0 });
});

// promtool is started for each file.
test("validate: 0 in order, 1 with file and line", { timeout: 240_000 }, async () => {
  expect(await monitoring("validate")).toMatchObject({ code: 0, text: expect.stringContaining("5 indicators, 3 objectives, 4 promises: all in order") });
  writeFileSync(join(folder, "broken.yml"), "version: 1\nservce: x\nsli: {}\nslo: []\n");
  expect(await monitoring("validate", "broken.yml")).toEqual({ code: 1, text: 'broken.yml:1: the file has no "service"; add it\nbroken.yml:2: unknown key "servce" in the file; did you mean "service"?\n' });
});

test("validate looks into folders, for what it knows", { timeout: 60_000 }, async () => {
  mkdirSync(join(folder, "mixed/deep"), { recursive: true });
  writeFileSync(join(folder, "mixed/deep/rules.yaml"), "kind: PrometheusRule\nspec:\n  groups:\n    - name: a\n      rule: []\n");
  writeFileSync(join(folder, "mixed/good.yml"), "groups: []\n");
  writeFileSync(join(folder, "mixed/deployment.yml"), "kind: Deployment\nspec: {replicas: *none}\n");
  writeFileSync(join(folder, "mixed/values.yml"), "- groups\n");
  expect(await monitoring("validate", "mixed")).toEqual({ code: 1, text: 'mixed/good.yml: all in order\nmixed/deep/rules.yaml:5: unknown key "rule"; did you mean "rules"?\n' });
});

mkdirSync(join(folder, "empty folder"));

test.each([
  [["validate", "missing.yml"], /^monitoring: missing\.yml: there is no such file or folder; name definitions of service levels, a rule file, /],
  [["validate", "empty folder"], /^monitoring: empty folder: no definitions of service levels, rules, .* found in this folder/],
  [["generate", "--file", "missing.yml"], /^monitoring: missing\.yml: there is no such file; check the path\n/],
  [["report", "--file", "."], /^monitoring: \.: this is a folder; name a file\n/],
  [["generate", "--file", "slo.yml", "--out", "/dev/null/nothing"], /^monitoring: .*\/dev\/null\/nothing: cannot be used \(.*\); name another\n/],
  [["lint", "rules.yml", "--metrics", "empty.yml"], /^monitoring: empty\.yml: no catalogue of metrics/],
  [["lint", "rules.yml", "--runbooks", "missing"], /^monitoring: missing: there is no such file/],
  [["backup", "/dev/null/kept"], /^monitoring: .*cannot be used/],
  [["restore", ".", "--prometheus-data", "x"], /^monitoring: \. is no backup: .*name a folder that `backup` has written\n/],
  [["valdate"], /^error: unknown command 'valdate' \(Did you mean validate\?\)\. Add --help to see what there is\.\n/],
  [["lint", "--fromat", "json"], /^error: unknown option '--fromat' \(Did you mean --format\?\)\. Add --help/],
] as const)("wrong use, %j: one line that says what to do", async (args, words) => {
  writeFileSync(join(folder, "empty.yml"), "");
  writeFileSync(join(folder, "rules.yml"), "groups:\n  - {name: g, rules: [{record: 'job:up:min', expr: min by (job) (up)}]}\n");
  const { code, text } = await monitoring(...args);
  expect(text).toMatch(words);
  expect(text.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(2);
});

test("OpenSLO and back: YAML on standard output, what has no place by line; what means something else is refused", async () => {
  const exported = await monitoring("export-openslo", "kinds.yml");
  expect(exported).toMatchObject({ code: 0, text: expect.stringMatching(/^apiVersion: openslo\/v1\nkind: SLI\n/) });
  writeFileSync(join(folder, "openslo.yml"), exported.text);
  const imported = await monitoring("import-openslo", "openslo.yml");
  expect(imported.code).toBe(0);
  expect(parse(imported.text)).toEqual(parse(readFileSync(join(folder, "kinds.yml"), "utf8")));
  expect((await monitoring("export-openslo")).text).toMatch(/SLO_DEFINITIONS\.yml:\d+: sla support: OpenSLO has no promises to users; left out/);
  writeFileSync(join(folder, "slices.yml"), exported.text.replace("Occurrences", "Timeslices"));
  expect(await monitoring("import-openslo", "slices.yml")).toEqual({ code: 1, text: expect.stringMatching(/^slices\.yml:\d+: SLO alive: budgetingMethod Timeslices counts slices of time; .*\n$/) });
});
