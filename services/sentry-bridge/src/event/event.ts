import type { ReadException } from "../exceptions/identity.ts";
import { attributeOf } from "../otlp/http-names.ts";
import type { Attributes, AttributeValue } from "../otlp/model.ts";
import { type Breadcrumb, breadcrumbs } from "./breadcrumbs.ts";
import { DEBUG_IDS, type DebugImage, debugImages } from "./debug-images.ts";
import { exceptionValues, type ExceptionValue, MAX_VALUE_LENGTH } from "./exception-values.ts";
import { severityLevel } from "./level.ts";
import { spanOperation, spanStatus } from "./span-context.ts";
import { type InAppRules, NO_RULES } from "../stacktrace/in-app.ts";
import { scrubAttributes, scrubText, withoutQuery } from "./scrub.ts";

/** Sentry's error event, as far as the bridge fills it (develop.sentry.dev/sdk/foundations/data-model/event-payloads). */
export interface SentryEvent {
  event_id: string;
  /** Unix seconds. */
  timestamp: number;
  platform: string;
  level: string;
  logger?: string;
  release?: string;
  environment?: string;
  server_name?: string;
  transaction?: string;
  exception: { values: ExceptionValue[] };
  debug_meta?: { images: DebugImage[] };
  /** Only when the sender asks for one: Sentry's own grouping is better. */
  fingerprint?: string[];
  /** Oldest first. */
  breadcrumbs?: { values: Breadcrumb[] };
  contexts: Record<string, Record<string, unknown>>;
  tags: Record<string, string>;
  user?: { id: string };
  request?: { method?: string; url?: string; headers?: Record<string, string> };
  extra?: Record<string, AttributeValue>;
  sdk: { name: string; version: string; settings: { infer_ip: "never" } };
}

export const SDK = { name: "helloagents.sentry-bridge", version: "0.1.0" };

/** Longer attribute texts are cut. */
const MAX_ATTRIBUTE_LENGTH = 4096;
/** Raw stack text that is sent along; the event as a whole may have 1 MiB. */
const MAX_RAW_LENGTH = 256 * 1024;

/** Languages of `telemetry.sdk.language` whose name in Sentry differs; `other` is what Sentry makes of names it does not know. */
const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ["nodejs", "node"],
  ["webjs", "javascript"],
  ["dotnet", "csharp"],
  ["cpp", "native"],
  ["rust", "native"],
  ["swift", "cocoa"],
  ["erlang", "elixir"],
  ...["python", "java", "go", "ruby", "php", "elixir"].map((name) => [name, name] as const),
]);

/** Attributes that become searchable tags when present. Few on purpose: tags are indexed and seen by everybody. */
const TAGS = ["service.name", "session.id", "http.route", "url.template", "http.request.method", "http.response.status_code", "otel.scope.name", "helloagents.exception.count"];

/**
 * The event of one exception. Pure: the same input gives the same event.
 * @param inApp the user's rules on whose code a frame is
 * @param eventId from `eventId()` of exceptions/identity.ts
 */
export function buildEvent(exception: ReadException, eventId: string, inApp: InAppRules = NO_RULES): SentryEvent {
  const { recorded, stack } = exception;
  const { resource } = recorded;
  // Where it is most exact: on the record, then on its span, then on the span that entered the service, then on the resource.
  const find = finder([recorded.attributes, recorded.span?.attributes, recorded.root?.attributes, resource]);
  const values = exceptionValues(exception, inApp);
  const event: SentryEvent = {
    event_id: eventId,
    timestamp: Number(recorded.timeUnixNano / 1000n) / 1e6 || Date.now() / 1000,
    platform: platform(resource),
    level: severityLevel(recorded.severityNumber),
    exception: { values },
    contexts: contexts(exception, eventId),
    tags: tags(exception, find),
    // Sentry would take the bridge's address for that of a page's visitor.
    sdk: { ...SDK, settings: { infer_ip: "never" } },
  };
  set(event, "logger", recorded.scopeName.slice(0, 64));
  set(event, "release", release(resource));
  set(event, "environment", environment(resource));
  // An instance of a page is a visit, no server.
  const server = event.platform === "javascript" ? undefined : (resource.get("host.name") ?? resource.get("k8s.pod.name") ?? resource.get("service.instance.id"));
  set(event, "server_name", text(server).slice(0, 200));
  set(event, "transaction", transaction(exception, find));
  const user = find("user.id") || find("enduser.id");
  if (user !== "") event.user = { id: user.slice(0, 200) };
  const fingerprint = recorded.attributes.get("sentry.fingerprint") ?? recorded.span?.attributes.get("sentry.fingerprint");
  const parts = (Array.isArray(fingerprint) ? fingerprint : [fingerprint]).map(text).filter((part) => part !== "");
  if (parts.length > 0) event.fingerprint = parts.slice(0, 10).map((part) => scrubText(part.slice(0, 200)));
  const images = debugImages(recorded, values);
  if (images.length > 0) event.debug_meta = { images };
  const crumbs = breadcrumbs(recorded);
  if (crumbs.length > 0) event.breadcrumbs = { values: crumbs };
  const request = requestOf(find);
  if (request) event.request = request;
  // What the frames do not say in full is kept as it came: never lose a stack.
  const whole = stack.layout !== "text" && stack.unexplained === 0 && values.length === stack.links.length && exception.value.length <= MAX_VALUE_LENGTH;
  if (!whole && recorded.stacktrace !== "") event.extra = { "exception.stacktrace": rawText(recorded.stacktrace) };
  return event;
}

type Find = (key: string) => string;

/** Looks an attribute up, by its name of now or of before, in these places; the first that has it wins. */
function finder(places: (Attributes | undefined)[]): Find {
  return (key) => {
    for (const place of places) {
      const value = place && attributeOf(place, key);
      if (value !== undefined) return text(value);
    }
    return "";
  };
}

/** Sentry's name of the language. */
export function platform(resource: Attributes): string {
  return PLATFORMS.get(text(resource.get("telemetry.sdk.language"))) ?? "other";
}

/** `name@version`; Sentry refuses slashes, line breaks and more than 200 characters. */
export function release(resource: Attributes): string {
  const name = text(resource.get("service.name"));
  const version = text(resource.get("service.version"));
  return version === "" ? "" : `${name}@${version}`.replace(/[\s/\\]/g, "-").slice(0, 200);
}

export function environment(resource: Attributes): string {
  const name = text(resource.get("deployment.environment.name") ?? resource.get("deployment.environment"));
  return name.toLowerCase() === "none" ? "" : name.replace(/[\s/\\]/g, "-").slice(0, 64);
}

/**
 * The name of the span that the service was entered by, METHOD route where it has a route; never a raw path, which would make every
 * project's page a transaction of its own. Log records bring route and method themselves.
 */
function transaction({ recorded }: ReadException, find: Find): string {
  const { root } = recorded;
  const own = finder([root?.attributes]);
  const from = root && (own("http.route") || own("url.template")) !== "" ? own : find;
  const route = from("http.route") || from("url.template");
  const method = from("http.request.method");
  if (route !== "") return scrubText(method === "" ? route : `${method} ${route}`).slice(0, 200);
  return root ? scrubText(root.name).slice(0, 200) : "";
}

function requestOf(find: Find): SentryEvent["request"] {
  const full = find("url.full");
  const path = find("url.path");
  const server = find("server.address");
  const scheme = find("url.scheme");
  const origin = server !== "" && scheme !== "" ? `${scheme}://${server}${find("server.port") === "" ? "" : `:${find("server.port")}`}` : "";
  const url = scrubText(withoutQuery(full !== "" ? full : path === "" ? "" : origin + path)).slice(0, 2048);
  const method = find("http.request.method");
  const agent = find("user_agent.original").slice(0, 512);
  if (url === "" && method === "" && agent === "") return undefined;
  return { ...(method && { method: method.slice(0, 32) }), ...(url && { url }), ...(agent && { headers: { "User-Agent": agent } }) };
}

function tags({ recorded }: ReadException, find: Find): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of TAGS) {
    const value = key === "otel.scope.name" ? recorded.scopeName : find(key);
    const clean = scrubText(value.replace(/[\r\n]+/g, " ").slice(0, 400)).trim().slice(0, 200);
    if (clean !== "") result[key] = clean;
  }
  return result;
}

function contexts({ recorded }: ReadException, eventId: string): SentryEvent["contexts"] {
  const { resource, span } = recorded;
  const attributes = new Map([...(span?.attributes ?? []), ...recorded.attributes]);
  attributes.delete(DEBUG_IDS);
  const result: SentryEvent["contexts"] = {
    otel: {
      attributes: scrubAttributes(attributes, MAX_ATTRIBUTE_LENGTH),
      resource: scrubAttributes(resource, MAX_ATTRIBUTE_LENGTH),
    },
  };
  if (recorded.traceId !== "") {
    result["trace"] = {
      trace_id: recorded.traceId,
      // Sentry wants a span, too; its SDKs make one up where there is none.
      span_id: recorded.spanId || eventId.slice(0, 16),
      ...(span?.parentSpanId && { parent_span_id: span.parentSpanId }),
      ...(span && { op: spanOperation(span), status: spanStatus(span) }),
    };
  }
  const runtime = text(resource.get("process.runtime.name"));
  if (runtime !== "") result["runtime"] = { name: runtime, version: text(resource.get("process.runtime.version")) };
  return result;
}

function rawText(stacktrace: string): string {
  const scrubbed = scrubText(stacktrace.slice(0, MAX_RAW_LENGTH));
  return stacktrace.length > MAX_RAW_LENGTH ? `${scrubbed}\n[cut: ${stacktrace.length} characters]` : scrubbed;
}

function text(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function set<K extends "logger" | "release" | "environment" | "server_name" | "transaction">(event: SentryEvent, key: K, value: string): void {
  if (value !== "") event[key] = value;
}
