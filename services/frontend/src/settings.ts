/** What the server is told by environment variables. */
export interface Settings {
  host: string;
  port: number;
  /** Origin of the API, no trailing slash. */
  backendUrl: string;
  /** Base of the Collector's OTLP/HTTP receiver, no trailing slash. */
  collectorUrl: string;
  /** Proxies in front of this server whose `X-Forwarded-For` is believed. */
  trustProxy: number;
  /** `deployment.environment.name` of the page's telemetry. */
  environment: string;
  /** `service.version` of the page's telemetry; undefined: that of package.json. */
  version: string | undefined;
}

/**
 * Reads the settings.
 * @throws Error with one line that names the variable and what it must be
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const resource = resourceAttributes(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "");
  return {
    host: env["HOST"] || "127.0.0.1",
    port: integer("PORT", env["PORT"] || "5173", 65_535),
    backendUrl: url("BACKEND_URL", env["BACKEND_URL"] || "http://127.0.0.1:8000"),
    collectorUrl: url("OTEL_EXPORTER_OTLP_ENDPOINT", env["OTEL_EXPORTER_OTLP_ENDPOINT"] || "http://127.0.0.1:4318"),
    trustProxy: integer("TRUST_PROXY", env["TRUST_PROXY"] || "0", 10),
    environment: resource.get("deployment.environment.name") ?? "development",
    version: resource.get("service.version"),
  };
}

function integer(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new Error(`${name} must be a whole number from 0 to ${max}, not ${JSON.stringify(text)}.`);
}

function url(name: string, text: string): string {
  if (URL.canParse(text) && /^https?:\/\//.test(text)) return text.replace(/\/+$/, "");
  throw new Error(`${name} must be an http or https URL such as http://127.0.0.1:8000, not ${JSON.stringify(text)}.`);
}

/** `key=value,key=value` with percent-encoded values (OpenTelemetry, Resource SDK). */
function resourceAttributes(text: string): Map<string, string> {
  const pairs = text.split(",").map((pair) => pair.split("=", 2).map((part) => part.trim()));
  return new Map(pairs.filter(([key, value]) => key && value).map(([key, value]) => [key!, decode(value!)]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
