import type { Config } from "./config.ts";

/** OTLP's three kinds of data, as in the last part of `<endpoint>/v1/<signal>`. */
export type Signal = "traces" | "metrics" | "logs";
export type Attributes = Record<string, unknown>;

const scope = { name: "@helloagents/telemetry-web" };

/** Attributes in OTLP's JSON form (opentelemetry-proto, common.proto `KeyValue`); undefined and null are left out. */
export function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map((entry) => anyValue(entry)) } };
  return { stringValue: String(value) };
}

/** Milliseconds since 1970 as OTLP's nanoseconds: a decimal string, since a double cannot hold them. */
export function nanos(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

/**
 * The text before and after the comma-separated items of a request body, per signal.
 * Metrics name neither the page view nor the browser: each would make a time series of its own.
 */
export function envelopes(config: Config, sdkVersion: string, instanceId: string, userAgent: string): Record<Signal, [string, string]> {
  const service = {
    "service.name": config.serviceName,
    "service.version": config.serviceVersion || undefined,
    "deployment.environment.name": config.environment || undefined,
    "telemetry.sdk.name": scope.name,
    "telemetry.sdk.language": "webjs",
    "telemetry.sdk.version": sdkVersion,
  };
  const page = { ...service, "service.instance.id": instanceId, "user_agent.original": userAgent };
  return {
    traces: envelope("resourceSpans", "scopeSpans", "spans", page, sdkVersion),
    metrics: envelope("resourceMetrics", "scopeMetrics", "metrics", service, sdkVersion),
    logs: envelope("resourceLogs", "scopeLogs", "logRecords", page, sdkVersion),
  };
}

function envelope(resources: string, scopes: string, items: string, resource: Attributes, version: string): [string, string] {
  const head = `{"${resources}":[{"resource":{"attributes":${JSON.stringify(keyValues(resource))}},"${scopes}":[{"scope":${JSON.stringify({ ...scope, version })},"${items}":[`;
  return [head, "]}]}]}"];
}
