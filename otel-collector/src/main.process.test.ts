import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collectorBinary, CONFIG_DIR, configFiles } from "./test-support/collector.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const CASES = join(CONFIG_DIR, "../cases");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pipeline-main-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command; the environment has nothing of this project's settings. */
function pipeline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env["PATH"] ?? "", OTELCOL_BIN: collectorBinary(), TMPDIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd: folder, env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }));
  });
}

/** The committed configuration with one text replaced in one file, as --config options. */
function altered(file: string, text: string, by: string): string[] {
  const copy = mkdtempSync(join(folder, "config-"));
  cpSync(CONFIG_DIR, copy, { recursive: true });
  const before = readFileSync(join(copy, file), "utf8");
  expect(before).toContain(text);
  writeFileSync(join(copy, file), before.replace(text, by));
  return configFiles(copy);
}

const asOptions = (files: string[]): string[] => files.flatMap((file) => ["--config", file]);
const leftovers = (): string[] => readdirSync(folder).filter((name) => /^pipeline-(test|check)-/.test(name));

describe("check", () => {
  test("finds nothing in the committed configuration", async () => {
    expect(await pipeline("check")).toEqual({ code: 0, stdout: "7 files: nothing found.\n", stderr: "" });
    expect(leftovers()).toEqual([]);
  });

  test("maps what the Collector's validate refuses to its line", async () => {
    const files = altered("to-sentry.yaml", "set(span.attributes[\"carried.exception\"], true)", "sett(span.attributes[\"carried.exception\"], true)");
    const { code, stdout } = await pipeline("check", "--format", "json", ...files);
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; file: string; line: number; message: string }[] };
    expect(findings.map(({ rule }) => rule)).toEqual(["validate"]);
    expect(findings[0]?.file).toMatch(/to-sentry\.yaml$/);
    expect(findings[0]?.message).toContain("sett");
    const line = readFileSync(files.find((file) => file.endsWith("to-sentry.yaml")) ?? "", "utf8").split("\n").indexOf("  transform/mark_exceptions:") + 1;
    expect(findings[0]?.line).toBe(line);
  });

  test("what is no Collector, and a file that is not there, are one line and exit code 2", async () => {
    const noCollector = await pipeline("check", "--collector", process.execPath);
    expect(noCollector).toMatchObject({ code: 2, stdout: "" });
    expect(noCollector.stderr.trim().split("\n")).toHaveLength(1);
    expect(noCollector.stderr).toContain("no OpenTelemetry Collector");
    expect(await pipeline("check", "none.yaml")).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("test", () => {
  test("the committed cases pass, and leave nothing behind", async () => {
    const { code, stdout, stderr } = await pipeline("test", "--format", "json");
    const { cases } = JSON.parse(stdout) as { cases: { name: string; outcome: string }[] };
    expect(cases.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(cases.length).toBeGreaterThan(15);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(leftovers()).toEqual([]);
  });

  // What a slip of the hand would do to the committed configuration: the cases of one file notice.
  test.each([
    ["routing", "to-sentry.yaml", "log.event_name != \"exception\" and log.attributes[\"exception.type\"] == nil and ", "log.event_name != \"exception\" and "],
    ["sentry", "to-sentry.yaml", " and span.attributes[\"sentry.release\"] == nil", ""],
    ["secrets", "traces.yaml", "redaction/blocks, redaction/secrets, ", "redaction/blocks, "],
    ["secrets", "logs.yaml", "redaction/blocks, redaction/secrets, ", "redaction/secrets, "],
    ["metrics", "metrics.yaml", "filter/metrics_from_pages, ", ""],
    ["metrics", "to-prometheus.yaml", "transform/deltas, deltatocumulative, ", "transform/deltas, "],
  ])("%s: an alteration of %s is noticed: %s", async (cases, file, text, by) => {
    const { code, stdout } = await pipeline("test", join(CASES, `${cases}.test.yaml`), ...asOptions(altered(file, text, by)));
    expect(stdout).toMatch(/- expected|\+ got/);
    expect(code).toBe(1);
  });

  test("a configuration that does not start is one line for each case, with the Collector's words", async () => {
    const files = altered("traces.yaml", "error_mode: ignore", "error_mod: ignore");
    const { code, stdout } = await pipeline("test", join(CASES, "sentry.test.yaml"), ...asOptions(files));
    expect(stdout).toMatch(/^ {4}The Collector ended at start: .*has invalid keys: error_mod$/m);
    // The case whose data does not get there runs all the same.
    expect(stdout).toMatch(/cases: 1 passed, \d+ could not run\./);
    expect(code).toBe(2);
    expect(leftovers()).toEqual([]);
  });

  test("a foreign configuration with scraped, authenticated and queued ends runs without them", async () => {
    writeFileSync(
      join(folder, "foreign.yaml"),
      `receivers:
  otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } }
processors: { batch: { timeout: 60s } }
exporters:
  otlp_http/vendor: { endpoint: "https://otlp.vendor.example", auth: { authenticator: bearertokenauth }, sending_queue: { storage: file_storage } }
connectors:
  span_metrics: { metrics_flush_interval: 60s, aggregation_cardinality_limit: 100 }
extensions: { bearertokenauth: { token: "\${env:NOT_SET}" }, file_storage: { directory: /nowhere } }
service:
  extensions: [bearertokenauth, file_storage]
  pipelines:
    traces: { receivers: [otlp], processors: [batch], exporters: [otlp_http/vendor, span_metrics] }
    metrics: { receivers: [span_metrics], exporters: [otlp_http/vendor] }
`,
    );
    writeFileSync(
      join(folder, "foreign.test.yaml"),
      `cases:
  - name: spans arrive and are counted
    given: { spans: [{ name: work }] }
    expect: { otlp_http/vendor: { items: [{ name: work }, { name: traces.span.metrics.calls, value: 1 }] } }
  - name: this one is wrong
    given: { spans: [{ name: work }] }
    expect:
      otlp_http/vendor: nothing
  - name: this one cannot run
    given: { logs: [{ body: x }] }
    expect: { otlp_http/vendor: nothing }
`,
    );
    const { code, stdout } = await pipeline("test", "foreign.test.yaml", "--config", "foreign.yaml");
    expect(stdout).toContain("shortened for the test: span_metrics: metrics_flush_interval 60s -> 100ms");
    expect(stdout).toContain("✓ spans arrive and are counted");
    expect(stdout).toMatch(/otlp_http\/vendor: nothing {3}foreign\.test\.yaml:8\n {6}- expected {2}nothing\n {6}\+ got {7}span "work"/);
    expect(stdout).toContain("foreign.test.yaml:10: no receiver feeds any pipeline of logs.");
    expect(code).toBe(2);
  });
});
