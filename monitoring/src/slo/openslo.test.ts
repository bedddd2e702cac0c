import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../files.ts";
import type { Definitions } from "./definitions.ts";
import { exportOpenSlo } from "./openslo-export.ts";
import { importOpenSlo } from "./openslo-import.ts";

const every: Definitions = {
  service: "shop",
  sli: {
    errors: { description: "Requests that succeed.", total: 'served_total{job="shop"}', bad: 'served_total{job="shop",code=~"5.."}' },
    runs: { total: "runs_total", good: 'runs_total{outcome="ok"}' },
    speed: { histogram: 'took_seconds{job="shop"}', within: "200ms" },
    slow_speed: { histogram: "took_seconds", within: "5.12s" },
    exact_speed: { native_histogram: 'took_seconds{job="shop"}', within: "1.5s" },
    alive: { probe: 'up{job="shop"}' },
  },
  slo: [
    { name: "errors", description: "Most succeed.", sli: "errors", objective: "99.95%", window: "30d", symptom: "errors", dashboard: "shop", minEvents: 50, factors: [10, 5, 2.5, 1] },
    { name: "runs", sli: "runs", objective: "95%", window: "7d", symptom: "errors", service: "runner" },
    { name: "speed", sli: "speed", objective: "99%", window: "28d", symptom: "latency" },
    { name: "slow-speed", sli: "slow_speed", objective: "99%", window: "month", symptom: "latency" },
    { name: "exact-speed", sli: "exact_speed", objective: "99%", window: "month", symptom: "latency" },
    { name: "alive", sli: "alive", objective: "99%", window: "30d", symptom: "down" },
  ],
};

test("what is exported comes back as it was: every kind of indicator, every window, every setting", () => {
  const { text, leftOut } = exportOpenSlo(every);
  expect(importOpenSlo(text)).toEqual({ definitions: every, refused: [], leftOut: [] });
  expect(leftOut).toEqual([]);
});

test("the committed definitions come back but for what OpenSLO has no words for, which is said", () => {
  const { version: _, aspirations: __, sla: ___, ...committed } = parse(readFileSync(join(root, "SLO_DEFINITIONS.yml"), "utf8")) as Definitions & { version: number };
  const { text, leftOut } = exportOpenSlo({ ...committed, aspirations: __!, sla: ___! });
  expect(importOpenSlo(text)).toMatchObject({ definitions: committed, refused: [], leftOut: [] });
  expect(leftOut.map(({ path, message }) => [path.join("."), message])).toEqual([
    ["aspirations.0", "aspirations error-rate: OpenSLO has no aspirations; left out"],
    ...___!.map(({ name }, index) => [`sla.${index}`, `sla ${name}: OpenSLO has no promises to users; left out`]),
  ]);
});

/** As others write it: sums of rates, the indicator inside, an alert policy. */
const foreign = `apiVersion: openslo/v1
kind: Service
metadata:
  name: web
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: web-availability
spec:
  service: web
  indicator:
    metadata:
      name: web-errors
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec:
              query: sum(rate(served_total{code=~"5.."}[5m]))
        total:
          metricSource:
            type: prometheus
            spec:
              query: sum(rate(served_total[{{.window}}]))
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
  alertPolicies:
    - alertPolicyRef: page
`;

test("files of others: rates become their counters, what has no place is said by line", () => {
  const { definitions, refused, leftOut } = importOpenSlo(foreign);
  expect(refused).toEqual([]);
  expect(definitions).toEqual({
    service: "web",
    sli: { web_errors: { total: "served_total", bad: 'served_total{code=~"5.."}' } },
    slo: [{ name: "web-availability", sli: "web_errors", objective: "99.9%", window: "28d", symptom: "web_availability" }],
  });
  expect(leftOut.map(({ line, message }) => `${line}: ${message}`)).toEqual([
    "2: Service web: left out; the definitions have no place for it",
    "8: SLO web-availability: no annotation helloagents/symptom; its symptom is web_availability",
    "15: SLI web_errors: rate and sum around its counters left out; rules count over their own windows",
    "34: SLO web-availability: alertPolicies left out; burn alerts are generated",
  ]);
});

test("a list of objects is read as documents are, with their lines", () => {
  const list = foreign.split("---\n").map((one) => one.trimEnd().replaceAll(/^/gm, "  ").replace(/^ {2}/, "- ")).join("\n");
  const [asList, asDocuments] = [importOpenSlo(list), importOpenSlo(foreign)];
  expect(asList.definitions).toEqual(asDocuments.definitions);
  expect(asList.leftOut.map(({ line }) => line)).toEqual([2, 7, 14, 33]);
});

test.each([
  ["no service", "  service: web\n", "", [[10, "SLO web-availability: has no service; give the service.name that its metrics have as job"]]],
  ["no way of counting", "  budgetingMethod: Occurrences\n", "", [[10, expect.stringMatching(/has no budgetingMethod; .* write Occurrences/)]]],
  ["another version", "apiVersion: openslo/v1\nkind: SLO", "apiVersion: openslo/v1alpha\nkind: SLO", [[6, 'apiVersion is "openslo/v1alpha"; only openslo/v1 is read']]],
  ["time slices", "Occurrences", "Timeslices", [[31, expect.stringMatching(/budgetingMethod Timeslices counts slices of time/)]]],
  ["a window of its own", "duration: 4w", "duration: 90d", [[28, expect.stringMatching(/its timeWindow is none of 7d, 28d, 30d \(rolling\) and 1M/)]]],
  ["two objectives", "    - target: 0.999", "    - target: 0.999\n    - target: 0.9", [[32, expect.stringMatching(/has 2 objectives; write one SLO for each/)]]],
  ["no budget", "target: 0.999", "target: 1", [[33, expect.stringMatching(/needs a target below 1/)]]],
  ["a ratio that was divided already", "        bad:", "        raw:", [[15, expect.stringMatching(/a raw ratio has lost how many events/)]]],
  ["a value against a threshold", "ratioMetric:", "thresholdMetric:", [[15, expect.stringMatching(/thresholdMetric compares a value/)]]],
  ["a query that is no counter", "sum(rate(served_total[{{.window}}]))", "max(served_total) / 2", [[15, expect.stringMatching(/SLI web_errors: "max\(served_total\) \/ 2" is not a plain metric/)]]],
  ["another source", "type: prometheus", "type: Datadog", [[15, expect.stringMatching(/total comes from Datadog; only Prometheus is read/)]]],
])("%s is refused by line", (_, piece, by, expected) => {
  expect(foreign).toContain(piece);
  expect(importOpenSlo(foreign.replace(piece, by)).refused.slice(0, 1).map(({ line, message }) => [line, message])).toEqual(expected);
});

test("not YAML, and nothing in it", () => {
  expect(importOpenSlo("a: [").refused[0]).toMatchObject({ line: 1, message: expect.stringMatching(/^not YAML/) });
  expect(importOpenSlo("").refused).toEqual([{ line: 1, message: "there is no SLO of apiVersion openslo/v1 in it" }]);
});
