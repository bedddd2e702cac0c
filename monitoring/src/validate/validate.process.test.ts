import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kindOf, problemsOf, sureKindOf } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "validate this "));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(text: string): Promise<string[]> {
  const kind = kindOf(text);
  if (kind === "cases" || kind === "definitions") throw new Error("not a file of Prometheus or Alertmanager");
  const file = join(folder, "file.yml");
  writeFileSync(file, text);
  return (await problemsOf(file, text, kind)).map(({ line, message }) => `${line}: ${message}`);
}

test.each([
  ["rules", "groups:\n  - name: a\n    rules:\n      - alert: A\n        exp: up == 0\n        fro: 2m\n", ['5: unknown key "exp"; did you mean "expr"?', '6: unknown key "fro"; did you mean "for"?']],
  ["prometheus.yml", "global:\n  scrape_intervall: 3s\nscrape_configs:\n  - job_name: x\n    metric_path: /x\n", ['2: unknown key "scrape_intervall"; did you mean "scrape_interval"?', '5: unknown key "metric_path"; did you mean "metrics_path"?']],
  ["alertmanager.yml", "route:\n  receivr: x\nreceivers:\n  - name: x\n    slack_config: []\n", ['2: unknown key "receivr"; did you mean "receiver"?', '5: unknown key "slack_config"; did you mean "slack_configs"?']],
  ["a key at the top", "gruops: []\n", ['1: unknown key "gruops"; did you mean "groups"?']],
  ["a key nothing is near to", "groups: []\nqqqqqqqq: 1\n", ['2: unknown key "qqqqqqqq"; it is not known here: remove it, or indent it where it belongs']],
])("%s: unknown keys by line, with the nearest known one", async (_file, text, problems) => {
  expect(await check(text)).toEqual(problems);
});

test.each([
  ["a query", "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: sum(rate(x)\n", /^5: .*could not parse expression/],
  ["a duration", "scrape_configs: []\nglobal:\n  scrape_interval: 3q\n", /^3: unknown unit "q" in duration "3q"$/],
  ["two jobs of one name", "scrape_configs:\n  - job_name: a\n  - job_name: a\n", /^3: found multiple scrape configs with job name "a"$/],
  ["a receiver that is not there", "receivers: [{name: x}]\nroute:\n  receiver: y\n", /^3: undefined receiver "y" used in route$/],
  ["broken YAML", "groups:\n  - [\n", /^3: not YAML/],
])("%s is told by line", async (_what, text, problem) => {
  const [first, ...more] = await check(text);
  expect(first).toMatch(problem);
  expect(more).toEqual([]);
});

test.each([
  ["blocks", "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: x\nspec:\n  groups:\n    - name: a\n      rules:\n        - alert: A\n          exp: up == 0\n", "10: unknown key \"exp\"; did you mean \"expr\"?"],
  ["braces", '{"kind": "PrometheusRule",\n"spec": {"groups": [\n{"name": "a", "rules": [{"alert": "A", "exp": "up"}]}]}}\n', "3: unknown key \"exp\"; did you mean \"expr\"?"],
  ["the second document", "kind: ConfigMap\n---\nkind: PrometheusRule\nspec:\n  groups:\n    - name: a\n      rules:\n        - record: a:b\n          expr: sum(\n---\nkind: Secret\n", expect.stringMatching(/^9: .*could not parse expression/)],
])("a PrometheusRule of Kubernetes, %s", async (_how, text, problem) => {
  expect(await check(text)).toEqual([problem]);
  expect(await check(text.replace(/"?exp"?: "?(up)[^}\n]*/, '"expr": "$1"').replace("sum(", "sum(up)"))).toEqual([]);
});

test("what a file is", () => {
  expect(kindOf("version: 1\nservice: x\nsli: {}\n")).toBe("definitions");
  expect(kindOf("global: {}\nreceivers: []\n")).toBe("alertmanager");
  expect(kindOf("global: {}\nrule_files: []\n")).toBe("prometheus");
  expect(kindOf("servce: x\n")).toBe("definitions");
  expect(kindOf("rule_files: []\ntests: []\n")).toBe("cases");
});

test.each([
  ["rules", "groups: []\n"],
  ["rules", "kind: PrometheusRule\nspec:\n  groups: []\n"],
  ["definitions", "version: 1\nsli: {}\nslo: []\n"],
  ["alertmanager", "route: {}\nreceivers: []\n"],
  [undefined, "receivers: {otlp: {}}\nservice: {}\n"],
  [undefined, "servce: x\n"],
  [undefined, "kind: Deployment\nspec:\n  replicas: 1\n"],
  [undefined, "- groups\n"],
])("what a file surely is: %s", (kind, text) => {
  expect(sureKindOf(text)).toBe(kind);
});
