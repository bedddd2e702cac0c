import { expect, test } from "vitest";
import { parseRuleFile } from "../rule-file.ts";
import { lint } from "./lint.ts";
import { lintReport } from "./report.ts";
import type { Finding } from "./rule.ts";

function findingsIn(text: string): Finding[] {
  return lint({ files: [parseRuleFile("rules.yml", text)!], metrics: undefined, runbooks: undefined, tested: undefined, readers: undefined });
}

const group = (rules: string): string => `groups:\n  - name: g\n    rules:\n${rules}`;
const down = "      - alert: Down\n        expr: up == 0\n        annotations: {runbook_url: x}\n";

test("an exception needs a rule that exists and a reason, and holds for what begins below it", () => {
  expect(findingsIn(group(down)).map(({ rule }) => rule)).toEqual(["alert-without-for"]);
  expect(findingsIn(group(`      # monitoring: allow alert-without-for: a drill\n${down}`))).toEqual([]);
  expect(findingsIn(`groups:\n  # monitoring: allow alert-without-for: drills\n  - name: g\n    rules:\n${down}`)).toEqual([]);
  expect(findingsIn(group(`      - alert: Down # monitoring: allow alert-without-for: a drill\n        expr: up == 0\n        annotations: {runbook_url: x}\n`))).toEqual([]);
  expect(findingsIn(group(`      # monitoring: allow alert-without-for\n${down}`)).map(({ rule }) => rule)).toEqual(["allow-comment", "alert-without-for"]);
  expect(findingsIn(group(`      # monitoring: allow alert-without-fro: x\n${down}`))[0]?.message).toBe("There is no rule alert-without-fro; did you mean alert-without-for?");
  // Only this rule, only this block.
  expect(findingsIn(group(`      # monitoring: allow alert-without-for: a drill\n${down}${down.replace("== 0", "== 1")}`)).map(({ line }) => line)).toEqual([8]);
});

test("broken YAML and broken PromQL say where", () => {
  expect(findingsIn("groups:\n  - name: [\n")[0]).toMatchObject({ rule: "yaml-syntax", line: 3 });
  expect(findingsIn(group("      - record: a:b\n        expr: |\n          sum by (job) (\n            rate(x[5m]\n          )\n"))[0]).toMatchObject({ rule: "promql-syntax", line: 8 });
});

test("a place in a folded or quoted expression is its own line and column", () => {
  const folded = "      - record: a:b\n        expr: >-\n          sum(a)\n          /\n          sum(b_total)\n";
  expect(findingsIn(group(folded))[0]).toMatchObject({ rule: "counter-without-rate", line: 8, column: 15 });
  expect(findingsIn(group("      - record: a:b\n        expr: 'sum(b_total)'\n"))[0]).toMatchObject({ line: 5, column: 20 });
});

test("a PrometheusRule of Kubernetes is read as well", () => {
  expect(findingsIn(`kind: PrometheusRule\nspec:\n  groups:\n    - name: g\n      rules:\n        - {alert: A, expr: up == 0}\n`).map(({ rule }) => rule)).toEqual(["alert-without-for", "alert-without-runbook"]);
});

test("formats", () => {
  const findings = findingsIn(group(down));
  const looked = { files: 1, rules: 1, off: [{ rule: "unknown-metric", needs: "--metrics" }] };
  expect(lintReport(findings, "human", looked)).toContain("rules.yml:4:9  alert-without-for\n    Down fires at the first sample.\n");
  expect(lintReport(findings, "human", looked)).toMatch(/1 rule in 1 file: 1 finding\. .*\nNot checked: unknown-metric \(give --metrics\)\.$/);
  expect(JSON.parse(lintReport(findings, "json", looked))).toMatchObject({ rules: 1, findings: [{ file: "rules.yml", line: 4, column: 9, rule: "alert-without-for" }] });
  expect(lintReport(findings, "github", looked)).toMatch(/^::error file=rules\.yml,line=4,col=9,title=alert-without-for::Down fires/);
  expect(JSON.parse(lintReport(findings, "sarif", looked))).toMatchObject({ version: "2.1.0", runs: [{ results: [{ ruleId: "alert-without-for", locations: [{ physicalLocation: { region: { startLine: 4 } } }] }] }] });
});
