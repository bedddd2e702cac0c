import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { testRules } from "../cases/command.ts";
import { isGood, testReport } from "../cases/report.ts";
import type { Definitions } from "./definitions.ts";
import { generateCases } from "./rule-cases.ts";
import { generateRules } from "./rules.ts";

const folder = mkdtempSync(join(tmpdir(), "rule-cases-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An indicator of each kind, each window, and what an objective may set: as another project may have them. */
const definitions: Definitions = {
  service: "shop",
  sli: {
    answers: { total: 'served_total{job="shop",route!~"/a|/b.*",shard!="9"}', bad: 'served_total{job="shop",route!~"/a|/b.*",shard!="9",code=~"5..|499"}' },
    runs: { total: 'runs_total{job="shop"}', good: 'ended_well_total{job="shop"}' },
    speed: { histogram: 'took_seconds{job="shop",method=~"(get|put)[a-z]+"}', within: "2s" },
    exact_speed: { native_histogram: 'waited_seconds{job="shop"}', within: "300ms" },
    alive: { probe: 'alive{job="shop",region="eu"}' },
  },
  slo: [
    { name: "answers", sli: "answers", objective: "99.9%", window: "28d", symptom: "errors", minEvents: 5, factors: [12, 5, 2, 1] },
    { name: "runs", sli: "runs", objective: "99%", window: "30d", symptom: "errors" },
    { name: "speed", sli: "speed", objective: "95%", window: "7d", symptom: "latency", service: "toys" },
    { name: "exact-speed", sli: "exact_speed", objective: "97%", window: "month", symptom: "latency", dashboard: "speed" },
    { name: "alive", sli: "alive", objective: "95%", window: "month", symptom: "down" },
  ],
  sla: [{ name: "fast", promise: "fast", sli: "speed", objective: "90%" }],
};

test("the generated cases hold and cover every generated rule, of every kind of objective", { timeout: 240_000 }, async () => {
  for (const [path, files] of [["generated", generateRules(definitions)], ["tests/generated", generateCases(definitions)]] as const) {
    mkdirSync(join(folder, path), { recursive: true });
    for (const [name, text] of files) writeFileSync(join(folder, path, name), text);
  }
  const report = await testRules([join(folder, "tests")], { every: "1" });
  expect(report.coverage.length).toBe([...generateRules(definitions).values()].join("").match(/- (alert|record):/g)!.length);
  expect(isGood(report), testReport(report, "human")).toBe(true);
});
