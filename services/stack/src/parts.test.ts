import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Options, readOptions } from "./options.ts";
import { describeParts } from "./parts.ts";

const root = join(import.meta.dirname, "../../..");

function envOf(part: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | undefined {
  const options = readOptions([], {}, root) as Options;
  const parts = describeParts({ root, options, env, binaries: {}, prometheusConfig: "", alertmanagerConfig: "", stateFile: "" });
  return parts.find(({ name }) => name === part)?.env;
}

test("spans go to the projects of the two DSNs", () => {
  const dsns = { SENTRY_DSN: "https://services@sentry.example.com/7", VITE_SENTRY_DSN: "https://page@sentry.example.com/8" };
  expect(envOf("collector", dsns)).toMatchObject({
    SENTRY_OTLP_TRACES_ENDPOINT: "https://sentry.example.com/api/7/integration/otlp/v1/traces",
    SENTRY_OTLP_AUTH: "sentry sentry_key=services",
    VITE_SENTRY_OTLP_TRACES_ENDPOINT: "https://sentry.example.com/api/8/integration/otlp/v1/traces",
    VITE_SENTRY_OTLP_AUTH: "sentry sentry_key=page",
  });
});

test.each(["backend", "frontend"])("what %s measures is seen within seconds, unless the user says otherwise", (part) => {
  expect(envOf(part, {})).toMatchObject({ OTEL_METRIC_EXPORT_INTERVAL: "15000", OTEL_BSP_SCHEDULE_DELAY: "1000", OTEL_BLRP_SCHEDULE_DELAY: "500" });
  const own = { OTEL_METRIC_EXPORT_INTERVAL: "60000", OTEL_BSP_SCHEDULE_DELAY: "5000", OTEL_BLRP_SCHEDULE_DELAY: "0" };
  expect(envOf(part, own)).toMatchObject(own);
});

test.each([["backend", "768m"], ["frontend", "256m"]])("%s has the memory that it has in containers (%s), unless the user says otherwise", (part, mem_limit) => {
  const compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }) as { services: Record<string, { mem_limit: string }> };
  expect(compose.services[part]?.mem_limit).toBe(mem_limit);
  expect(envOf(part, {})).toMatchObject({ HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: String(Number.parseInt(mem_limit) * 2 ** 20) });
  const own = { HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: "400000000" };
  expect(envOf(part, own)).toMatchObject(own);
});

test.each([
  [{}, "/health,/healthz,/livez,/readyz,/metrics,/telemetry/*"],
  [{ HELLOAGENTS_TELEMETRY_IGNORE_PATHS: "" }, "/telemetry/*"],
  [{ HELLOAGENTS_TELEMETRY_IGNORE_PATHS: "/up" }, "/up,/telemetry/*"],
])("with %o the frontend traces its visitors, not the telemetry that it passes on", (env: NodeJS.ProcessEnv, paths) => {
  expect(envOf("frontend", env)).toMatchObject({ HELLOAGENTS_TELEMETRY_IGNORE_PATHS: paths });
  expect(envOf("backend", env)?.["HELLOAGENTS_TELEMETRY_IGNORE_PATHS"]).toBe(env["HELLOAGENTS_TELEMETRY_IGNORE_PATHS"]);
});
