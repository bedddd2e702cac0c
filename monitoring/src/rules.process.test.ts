import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findProgram } from "./binaries.ts";
import { readMetrics, readRules, root, seriesNames } from "./files.ts";
import { metricNames } from "./promql-names.ts";

const run = promisify(execFile);
const rules = readRules();
const alerts = rules.filter((rule) => rule.alert !== undefined);

/** Output of a program started in monitoring/; its whole output when it fails. */
async function output(program: "promtool" | "amtool", ...args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(findProgram(program), args, { cwd: root });
    return stdout + stderr;
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout}${stderr || message}`, { cause: error });
  }
}

test("Prometheus accepts its configuration and every rule file", async () => {
  const answer = await output("promtool", "check", "config", "--lint=all", "prometheus/prometheus.yml");
  for (const file of new Set(rules.map(({ file }) => file))) expect(answer).toContain(`Checking ${file}`);
});

test("targets of the two ways to run name the same jobs", () => {
  const [local, compose] = ["targets", "targets.compose"].map((folder) => globSync("*.yml", { cwd: join(root, "prometheus", folder) }).sort());
  expect(local).toEqual(compose);
  const config = readFileSync(join(root, "prometheus/prometheus.yml"), "utf8");
  for (const file of local!) expect(config).toContain(`targets/${file}`);
});

/** Name, severity, duration and threshold as the handbook states them. */
const handbook = [
  ["ServiceDown", "critical", "2m", "== 0"],
  ["HighErrorRate", "critical", "5m", "> 0.05"],
  ["MediumErrorRate", "warning", "10m", "> 0.01"],
  ["HighLatency", "warning", "10m", "> 0.5"],
  ["VeryHighLatency", "critical", "5m", "> 2"],
  ["SlowSandboxExecution", "warning", "10m", "> 10"],
  ["HighMemoryUsage", "warning", "5m", "> 0.85"],
  ["HighCPUUsage", "warning", "10m", "> 0.8"],
  ["SandboxPoolDepleted", "warning", "5m", "< 2"],
] as const;

test("helloagents.yml holds the nine alerts of the handbook, as stated there", () => {
  const nine = alerts.filter(({ file }) => file.endsWith("/helloagents.yml"));
  expect(nine.map(({ alert, labels, for: duration }) => [alert, labels?.["severity"], duration])).toEqual(handbook.map(([name, severity, duration]) => [name, severity, duration]));
  for (const [name, , , threshold] of handbook) expect(nine.find(({ alert }) => alert === name)?.expr).toContain(threshold);
});

test.each(alerts.map((rule) => [rule.alert!, rule] as const))("%s tells on-call what, how bad, what to do and where to look", (name, { labels, annotations, ...rule }) => {
  expect(["critical", "warning", "info", "none"]).toContain(labels?.["severity"]);
  expect(labels?.["symptom"]).toMatch(/^[a-z_]+$/);
  for (const key of ["summary", "description", "value", "threshold"]) expect(annotations?.[key], key).toBeTruthy();
  expect(annotations?.["runbook_url"]).toBe(`{{ $externalLabels.console_url }}/runbooks/${name}`);
  expect(annotations?.["dashboard"]).toMatch(/^\{\{ \$externalLabels\.console_url \}\}\/d\/[a-z-]+$/);
  expect(rule.for ?? "").toMatch(name === "Watchdog" ? /^$/ : /^\d+m$/);
});

test("alert names are unique among what people write", () => {
  const written = alerts.filter(({ file }) => !file.startsWith("prometheus/generated/")).map(({ alert }) => alert!);
  expect(new Set(written).size).toBe(written.length);
});

test("every metric that a rule reads or records is in the catalogue", () => {
  const known = new Set(readMetrics().flatMap(seriesNames));
  for (const { file, alert, record, expr } of rules) {
    const used = [...metricNames(expr), ...(record === undefined ? [] : [record])];
    expect(used.filter((name) => !known.has(name)), `${file}: ${alert ?? record}`).toEqual([]);
  }
});

test("the catalogue names each metric once, says what it means, and gives buckets for histograms in rising order", () => {
  const metrics = readMetrics();
  expect(new Set(metrics.flatMap(seriesNames)).size).toBe(metrics.flatMap(seriesNames).length);
  for (const { name, type, unit, meaning, from, labels, buckets } of metrics) {
    expect(name).toMatch(/^[a-z][a-z0-9_:]*$/);
    expect(["counter", "gauge", "histogram"], name).toContain(type);
    expect([unit, meaning, from.length > 0, Array.isArray(labels)].every(Boolean), name).toBe(true);
    expect(buckets !== undefined, name).toBe(type === "histogram");
    expect(buckets ?? []).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
  }
});

test.each([
  ["HighLatency", "http_server_request_duration_seconds"],
  ["VeryHighLatency", "http_server_request_duration_seconds"],
  ["SlowSandboxExecution", "helloagents_sandbox_execution_duration_seconds"],
])("the threshold of %s is a bucket of %s, so that it is exact", (name, metric) => {
  const threshold = Number(/> ([\d.]+)\s*$/.exec(alerts.find(({ alert }) => alert === name)!.expr)?.[1]);
  expect(readMetrics().find((one) => one.name === metric)?.buckets).toContain(threshold);
});
