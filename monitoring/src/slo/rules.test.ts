import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readMetrics, root, type Rule } from "../files.ts";
import { staleFiles } from "../generated.ts";
import { checkSloFile } from "./check.ts";
import type { Definitions, Slo } from "./definitions.ts";
import { generateCases } from "./rule-cases.ts";
import { generateRules } from "./rules.ts";

const slo: Slo = { name: "x", sli: "sli", objective: "99.5%", window: "30d", symptom: "errors" };

/** Rules of one objective. */
function rulesOf(sli: Definitions["sli"][string], changes: Partial<Slo> = {}): Rule[] {
  const [text] = generateRules({ service: "shop", sli: { sli }, slo: [{ ...slo, ...changes }] }).values();
  return (parse(text!) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

function expression(rules: Rule[], record: string): string {
  return rules.find((rule) => rule.record === record)!.expr;
}

const ratio = { total: 'all{job="shop"}', bad: 'all{job="shop",code="5"}' };

test("the committed rules and their cases are what the definitions give", () => {
  const result = checkSloFile(readFileSync(join(root, "SLO_DEFINITIONS.yml"), "utf8"), readMetrics());
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  expect(staleFiles({ folder: join(root, "prometheus/generated"), ours: /^(slo-.*|sla)\.yml$/, files: generateRules(result.definitions) }), "run `npm run monitoring -- generate`").toEqual([]);
  expect(staleFiles({ folder: join(root, "prometheus/tests/generated"), ours: /\.test\.yml$/, files: generateCases(result.definitions) }), "run `npm run monitoring -- generate`").toEqual([]);
});

test.each([
  ["30d", "99.5%", [0.072, 0.03, 0.015, 0.005]],
  ["28d", "99.9%", [0.0134, 0.0056, 0.0028, 0.001]],
  ["7d", "95%", [0.67, 0.175, 0.07, 0.05]],
  ["month", "99%", [0.144, 0.06, 0.03, 0.01]],
] as const)("thresholds of %s at %s", (window, objective, thresholds) => {
  const alerts = rulesOf(ratio, { window, objective }).filter(({ labels }) => labels?.["burn_tier"]);
  expect(alerts.map(({ expr }) => [...expr.matchAll(/> ([\d.]+)/g)].map(([, number]) => Number(number)))).toEqual(thresholds.map((threshold) => [threshold, threshold]));
});

test("what an objective sets goes into its rules", () => {
  const rules = rulesOf(ratio, { service: "toys", symptom: "orders", dashboard: "toys", minEvents: 77, factors: [9, 4, 2, 1] });
  const [first] = rules.filter(({ labels }) => labels?.["burn_tier"]);
  expect(first).toMatchObject({ labels: { symptom: "orders" }, annotations: { dashboard: "{{ $externalLabels.console_url }}/d/toys" } });
  expect(first!.expr).toBe('slo:error_ratio:1h{slo="x"} > 0.045\nand slo:error_ratio:5m{slo="x"} > 0.045\nand slo:total:increase1h{slo="x"} >= 77');
  expect(rules.find(({ alert }) => alert === "SLODataAbsent")!.expr).toBe('absent(target_info{job="toys"})');
  expect(rules.filter(({ record }) => record).every(({ labels }) => labels?.["job"] === "toys" && labels["slo"] === "x")).toBe(true);
});

test("counts of each kind", () => {
  expect(expression(rulesOf(ratio), "slo:bad:increase5m")).toBe('sum(increase(all{job="shop",code="5"}[5m])) or 0 * sum(increase(all{job="shop"}[5m]))');
  const latency = rulesOf({ histogram: 'took{job="shop"}', within: "200ms" });
  expect(expression(latency, "slo:total:increase5m")).toBe('sum(increase(took_count{job="shop"}[5m]))');
  expect(expression(latency, "slo:bad:increase5m")).toContain('took_bucket{job="shop",le="0.2"}[5m]');
  // Prometheus spells a whole bound in two ways.
  expect(expression(rulesOf({ histogram: "took", within: "2s" }), "slo:bad:increase5m")).toContain('took_bucket{le=~"2|2\\\\.0"}[5m]');
  const probe = rulesOf({ probe: 'up{job="shop"}' });
  expect(expression(probe, "slo:bad:increase5m")).toBe('sum(count_over_time(up{job="shop"}[5m])) - sum(sum_over_time(up{job="shop"}[5m]))');
  expect(probe.find(({ alert }) => alert === "SLODataAbsent")!.expr).toBe('absent(up{job="shop"})');
});

test("a promise is counted by the objective on its indicator, else by itself; one without indicator is not counted", () => {
  const definitions: Definitions = {
    service: "shop",
    sli: { errors: ratio, pages: { histogram: "took", within: "2s" } },
    slo: [{ ...slo, sli: "errors" }],
    sla: [{ name: "a", promise: "", sli: "errors", objective: "99%" }, { name: "b", promise: "", service: "web", sli: "pages", objective: "75%" }, { name: "c", promise: "", response: { critical: "1h" } }],
  };
  const { groups } = parse(generateRules(definitions).get("sla.yml")!) as { groups: { rules: Rule[] }[] };
  expect(groups.flatMap(({ rules }) => rules).map(({ record, labels }) => [record, labels])).toEqual([
    ["slo:total:increase5m", { slo: "sla:b", job: "web" }],
    ["slo:bad:increase5m", { slo: "sla:b", job: "web" }],
  ]);
  expect(generateRules({ ...definitions, sla: [] }).has("sla.yml")).toBe(false);
});

test("nothing beyond an hour reads the metrics themselves", () => {
  for (const { expr } of rulesOf(ratio, { window: "30d" })) {
    for (const [, range] of expr.matchAll(/all\{[^}]*\}\[(\w+)\]/g)) expect(["5m", "30m", "1h"]).toContain(range);
  }
});
