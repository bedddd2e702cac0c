import { expect, test } from "vitest";
import { parseRuleFile, type RuleNode } from "../rule-file.ts";
import { mutantsOf } from "./mutants.ts";

function ruleOf(yaml: string): RuleNode {
  return parseRuleFile("rules.yml", `groups:\n  - name: g\n    rules:\n      - ${yaml.replaceAll("\n", "\n        ")}\n`)!.rules[0]!;
}

function queries(expr: string): string[] {
  return mutantsOf(ruleOf(`record: a\nexpr: ${JSON.stringify(expr)}`)).map(({ changed }) => changed.expr!);
}

test.each([
  ["numbers, by a tenth or one", "a > 0.05", ["a >= 0.05", "a < 0.05", "a > 0.055", "a > 0.045"]],
  ["whole numbers", "a < 2", ["a <= 2", "a > 2", "a < 3", "a < 1"]],
  ["durations", "rate(a[5m])", ["rate(a[600000ms])", "rate(a[150000ms])"]],
  ["matchers", 'a{b="c",d!="e"}', ['a{d!="e"}', 'a{b!="c",d!="e"}', 'a{b="c"}', 'a{b="c",d="e"}']],
  ["alternatives", 'a{b=~"x|y"}', ['a{}', 'a{b!~"x|y"}', 'a{b=~"y"}', 'a{b=~"x"}']],
  ["labels and aggregations", "sum by (a, b) (c)", ["max by (a, b) (c)", "sum by (b) (c)", "sum by (a) (c)"]],
  ["sums, but not of what is nothing", "sum(a) or 0 * sum(b)", ["sum(a) and 0 * sum(b)", "max(a) or 0 * sum(b)", "sum(a) or 0 / sum(b)", "sum(a) or 1 * sum(b)", "sum(a) or -1 * sum(b)"]],
  ["operators and joins", "a / on (b) c or d", ["a / on (b) c and d", "a * on (b) c or d", "a / on () c or d"]],
])("%s", (_what, expr, mutants) => {
  expect(queries(expr).sort()).toEqual([...mutants].sort());
});

test.each([
  ['x{a="b"} > 1 and y{a="b"} > 2', 0],
  ['x{a="b"} / (y{a="b"} > 0)', 0],
  ['x{a="b"} * 2 - sum_over_time(y{a="b"}[5m:1m])', 0],
  ['x{a="b"} unless on (a) y{a="b"}', 1],
  ['x{a="b"} and on () y{a="b"}', 2],
  ['x{a="b"} or y{a="b"}', 2],
  ['sum(x{a="b"}) / sum(y{a="b"})', 2],
  ['x{a="b"} / y{a="c"}', 2],
])("a matcher that the other side of a join repeats is not taken away: %s", (expr, taken) => {
  expect(mutantsOf(ruleOf(`record: a\nexpr: ${JSON.stringify(expr)}`)).filter(({ change }) => change.endsWith("was taken away") && change.startsWith("a="))).toHaveLength(taken);
});

test("patience and labels of an alert, with their lines", () => {
  const rule = ruleOf("alert: A\nexpr: up == 0\nfor: 10m\nlabels:\n  severity: critical");
  const others = mutantsOf(rule).filter(({ changed }) => changed.expr === undefined);
  expect(others.map(({ change, place }) => `${place.line} ${change}`)).toEqual(["6 for: 10m became 780s", "6 for: 10m became 420s", "8 severity: critical became criticalx"]);
});

test("the number of an alert that always fires means nothing", () => {
  expect(mutantsOf(ruleOf("alert: Watchdog\nexpr: vector(1)"))).toEqual([]);
  expect(mutantsOf(ruleOf("record: one\nexpr: vector(1)"))).toHaveLength(2);
});
