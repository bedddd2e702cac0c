/** `service.name` of the page's telemetry. */
export const pageService = "helloagents-web";

const shapes = {
  "/v1/traces": { resources: "resourceSpans", scopes: "scopeSpans" },
  "/v1/metrics": { resources: "resourceMetrics", scopes: "scopeMetrics" },
  "/v1/logs": { resources: "resourceLogs", scopes: "scopeLogs" },
} as const;

export type TelemetryPath = keyof typeof shapes;
export const telemetryPaths = Object.keys(shapes) as TelemetryPath[];

/**
 * What a visitor may say about where its data comes from. The version is the page's own: a tab that was open before a deployment
 * sends that of its release.
 */
const ownAttributes = new Set(["service.version", "service.instance.id", "telemetry.sdk.name", "telemetry.sdk.version", "user_agent.original"]);
const maxAttributeLength = 512;

type Json = Record<string, unknown>;

/**
 * An OTLP/JSON body of a visitor, said to be the page's whatever it says itself: no resource keeps another service's name,
 * namespace, language or environment, so nobody fires alerts or opens issues of the API through the page. The body is put together
 * anew from the fields that are known here, since OTLP's readers take a second spelling of each (`resource_spans`).
 * @throws Error with what is wrong when the body is not OTLP
 */
export function asPageTelemetry(path: TelemetryPath, body: string, environment: string): string {
  const { resources, scopes } = shapes[path];
  const forced = { "service.name": pageService, "deployment.environment.name": environment, "telemetry.sdk.language": "webjs" };
  const said = asObject(JSON.parse(body), "the body");
  const claimed = asList(said[resources], resources).map((entry) => {
    const { resource, schemaUrl, [scopes]: items } = asObject(entry, resources);
    const attributes = asList(asObject(resource ?? {}, "resource")["attributes"], "attributes").filter((attribute) => isOwn(attribute));
    return {
      resource: { attributes: [...attributes, ...Object.entries(forced).map(([key, value]) => ({ key, value: { stringValue: value } }))] },
      [scopes]: asList(items, scopes),
      ...(typeof schemaUrl === "string" ? { schemaUrl } : {}),
    };
  });
  return JSON.stringify({ [resources]: claimed });
}

function isOwn(attribute: unknown): boolean {
  const { key, value } = asObject(attribute, "attributes");
  const text = asObject(value ?? {}, "value")["stringValue"];
  return typeof key === "string" && ownAttributes.has(key) && typeof text === "string" && text.length <= maxAttributeLength;
}

function asObject(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`${name} must be an object`);
}

function asList(value: unknown, name: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${name} must be a list`);
}
