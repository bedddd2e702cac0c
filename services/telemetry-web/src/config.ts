/** What a page says about itself, from `<script type="application/json" id="helloagents-telemetry">`. */
export interface Config {
  /** `service.name` of every signal. */
  serviceName: string;
  /** `service.version`; with the name it is the release (`name@version`). */
  serviceVersion: string;
  /** `deployment.environment.name`. */
  environment: string;
  /** Absolute URL without a trailing slash; `/v1/traces`, `/v1/metrics`, `/v1/logs` are added. */
  endpoint: string;
  /** Origins besides the page's own that get a `traceparent` header. */
  propagateTo: string[];
  /** Route templates such as `/projects/:id`; the value of `url.template`. */
  routes: string[];
}

export const configElementId = "helloagents-telemetry";

/**
 * Reads and checks the configuration text.
 * @param text what stands in the script element, or null when there is none
 * @param pageUrl URL that a relative `endpoint` belongs to
 * @throws Error whose message says which field is wrong and what is expected
 */
export function parseConfig(text: string | null, pageUrl: string): Config {
  if (text === null) throw new Error(`no <script type="application/json" id="${configElementId}"> before this script`);
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error(`the text of #${configElementId} is not JSON`);
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw new Error(`#${configElementId} must hold a JSON object`);
  return {
    serviceName: string(raw, "serviceName"),
    serviceVersion: string(raw, "serviceVersion", ""),
    environment: string(raw, "environment", ""),
    endpoint: endpoint(string(raw, "endpoint", "/telemetry"), pageUrl),
    propagateTo: strings(raw, "propagateTo").map((entry) => origin(entry)),
    routes: strings(raw, "routes"),
  };
}

function string(raw: Record<string, unknown>, field: string, fallback?: string): string {
  const value = raw[field] ?? fallback;
  if (typeof value !== "string" || (value === "" && fallback === undefined)) throw new Error(`"${field}" must be a non-empty string`);
  return value;
}

function strings(raw: Record<string, unknown>, field: string): string[] {
  const value = raw[field] ?? [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "string")) throw new Error(`"${field}" must be a list of strings`);
  return value as string[];
}

function endpoint(value: string, pageUrl: string): string {
  try {
    const url = new URL(value, pageUrl);
    if (/^https?:$/.test(url.protocol)) return url.origin + url.pathname.replace(/\/+$/, "");
  } catch {
    // Falls through to the one message below.
  }
  throw new Error(`"endpoint" must be a path or an http(s) URL, not ${JSON.stringify(value)}`);
}

function origin(value: string): string {
  try {
    const url = new URL(value);
    if (/^https?:$/.test(url.protocol)) return url.origin;
  } catch {
    // Falls through to the one message below.
  }
  throw new Error(`"propagateTo" must hold origins such as "https://api.example.com", not ${JSON.stringify(value)}`);
}
