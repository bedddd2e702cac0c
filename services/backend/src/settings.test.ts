import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

test("an empty environment gives the documented defaults", () => {
  expect(readSettings({})).toMatchObject({ host: "127.0.0.1", port: 8000, databasePoolMax: 5, sandboxPoolSize: 3, demoErrors: true, prometheusExporterPort: undefined });
  // The alert SlowSandboxExecution (P95 > 10 s) must be able to fire, SandboxPoolDepleted (< 2) must not when idle.
  expect(readSettings({}).sandboxTimeoutMs).toBeGreaterThan(10_000);
  expect(readSettings({}).sandboxPoolSize).toBeGreaterThanOrEqual(2);
});

test.for([
  ["PORT", "http"],
  ["PORT", "70000"],
  ["PORT", "-1"],
  ["SANDBOX_POOL_SIZE", "0"],
  ["SANDBOX_TIMEOUT_MS", "10s"],
  ["DEMO_ERRORS", "maybe"],
  ["TRUST_PROXY", "true"],
] as const)("%s=%s is refused by name and value", ([name, value]) => {
  expect(() => readSettings({ [name]: value })).toThrow(`not "${value}"`);
  expect(() => readSettings({ [name]: value })).toThrow(name);
});

test("a bad database address is refused without repeating its password", () => {
  expect(() => readSettings({ DATABASE_URL: "mysql://root:s3cret@db/x" })).toThrow(/^DATABASE_URL must be an address that starts with postgres:\/\//);
  expect(() => readSettings({ DATABASE_URL: "mysql://root:s3cret@db/x" })).not.toThrow("s3cret");
});

test("the exporter's port counts only when the Prometheus exporter is asked for", () => {
  expect(readSettings({ OTEL_METRICS_EXPORTER: "otlp", OTEL_EXPORTER_PROMETHEUS_PORT: "1" }).prometheusExporterPort).toBeUndefined();
  expect(readSettings({ OTEL_METRICS_EXPORTER: "otlp, prometheus" }).prometheusExporterPort).toBe(9464);
});
