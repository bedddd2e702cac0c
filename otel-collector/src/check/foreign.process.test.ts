import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { collectorBinary } from "../test-support/collector.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../fixtures/foreign", import.meta.url));

/** What is found in each, as `rule: lines`. Nothing is set in the environment, and the Collector has the components of ../../distribution. */
const FOUND: Record<string, string[]> = {
  "datadog.yaml": ["env-unset: 26 27", "memory-limiter-first: 30 31 32", "open-to-all: 3 3", "unknown-component: 4 12 16 22 24"],
  "demo.yaml": ["deprecated-name: 32 35 52", "env-unset: 6 6 8 13 17 17 19", "memory-limiter-first: 55 56 57", "open-to-all: 10", "queue-in-memory: 32 35", "retry-gives-up: 32 35", "unknown-component: 11 14 16 21 24 38 44"],
  "docs-configuration.yaml": ["deprecated-name: 12", "memory-limiter-first: 26 30 34", "open-to-all: 6 8 18 20 22", "queue-in-memory: 14", "retry-gives-up: 12"],
  "elastic.yaml": ["debug-detailed: 22", "deprecated-name: 27", "env-unset: 13 24 25 28", "memory-limiter-first: 33 34 35", "queue-in-memory: 27", "retry-gives-up: 27", "unknown-component: 3 8 15 16 18 20 23", "unused-component: 27"],
  "gateway-first-tier.yaml": ["unknown-component: 12"],
  "grafana-cloud.yaml": ["deprecated-name: 15", "env-unset: 16 20 20", "memory-limiter-first: 24 25 27", "queue-in-memory: 15", "retry-gives-up: 15", "unknown-component: 6 13"],
  "helm-chart.yaml": ["env-unset: 6", "unknown-component: 14 23 30"],
  "honeycomb.yaml": ["batch-before-tail-sampling: 24", "deprecated-name: 16", "literal-secret: 18 21", "memory-limiter-first: 24 25 26", "queue-in-memory: 16 19", "retry-gives-up: 16 19"],
  "newrelic.yaml": ["deprecated-name: 16", "env-unset: 19", "queue-in-memory: 16", "retry-gives-up: 16", "unknown-component: 7 13 14"],
  "own-parts-only.yaml": [],
};

test("every fixture is expected to give something", () => {
  expect(readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"))).toEqual(Object.keys(FOUND));
});

test.each(Object.keys(FOUND))("%s", async (name) => {
  const env = { PATH: process.env["PATH"] ?? "", OTELCOL_BIN: collectorBinary() };
  const stdout = await new Promise<string>((resolve) => {
    execFile(process.execPath, [MAIN, "check", join(FOLDER, name), "--format", "json"], { env }, (_error, out) => resolve(out));
  });
  const { findings } = JSON.parse(stdout) as { findings: { rule: string; line: number }[] };
  const byRule = Map.groupBy(findings, ({ rule }) => rule);
  expect([...byRule].map(([rule, found]) => `${rule}: ${found.map(({ line }) => line).join(" ")}`).toSorted()).toEqual(FOUND[name]);
});
