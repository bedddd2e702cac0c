import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
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

function secret(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "backend-settings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "password"), text);
  return join(folder, "password");
}

describe("DATABASE_PASSWORD_FILE", () => {
  const DATABASE_URL = "postgres://helloagents:old@db:5433/shop?application_name=x";

  test.for(["plain", "p@ss:w/rd?#[%41] \u00e4\u{1F511}&", " spaces ", "two\nlines"])("%j reaches the driver as it is, without the last line break, and replaces the address's", (password) => {
    const { databaseUrl } = readSettings({ DATABASE_URL, DATABASE_PASSWORD_FILE: secret(`${password}\n`) });
    expect(new Client({ connectionString: databaseUrl })).toMatchObject({ user: "helloagents", password, host: "db", port: 5433, database: "shop" });
  });

  test("without the file the address stays as it is", () => {
    expect(readSettings({ DATABASE_URL, DATABASE_PASSWORD_FILE: "" }).databaseUrl).toBe(DATABASE_URL);
  });

  test("a file that is missing, a folder or empty is refused by its name", () => {
    expect(() => readSettings({ DATABASE_PASSWORD_FILE: "/nowhere/password" })).toThrow("DATABASE_PASSWORD_FILE names /nowhere/password, which cannot be read (ENOENT)");
    expect(() => readSettings({ DATABASE_PASSWORD_FILE: tmpdir() })).toThrow("(EISDIR)");
    expect(() => readSettings({ DATABASE_PASSWORD_FILE: secret("\n") })).toThrow(/^DATABASE_PASSWORD_FILE names .*, which is empty/);
  });

  test("an address without a host cannot take it, and the password is not said", () => {
    const file = secret("s3cret");
    expect(() => readSettings({ DATABASE_URL: "postgres:///shop?host=/var/run", DATABASE_PASSWORD_FILE: file })).toThrow(/^DATABASE_PASSWORD_FILE needs a DATABASE_URL that names a host/);
  });
});
