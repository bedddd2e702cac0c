/** OTLP/HTTP JSON, read into what the trace page shows. Source: opentelemetry-proto, trace.proto and logs.proto, and the OTLP spec's JSON mapping. */

export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };
export type Attributes = Record<string, AttributeValue>;

/** Times are milliseconds since 1970 with fractions (exact to about a quarter of a microsecond). */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  service: string;
  name: string;
  kind: "internal" | "server" | "client" | "producer" | "consumer";
  startMs: number;
  endMs: number;
  status: "unset" | "ok" | "error";
  statusMessage: string | undefined;
  scope: string | undefined;
  attributes: Attributes;
  resource: Attributes;
  events: { timeMs: number; name: string; attributes: Attributes }[];
  links: { traceId: string; spanId: string }[];
};

export type TraceLog = { traceId: string; spanId: string | undefined; service: string; timeMs: number; severity: string; eventName: string | undefined; body: string; attributes: Attributes };

type Json = Record<string, unknown>;

const KINDS = ["internal", "internal", "server", "client", "producer", "consumer"] as const;
/** A page shows no more of a value than this; a stack trace fits. */
const MAX_VALUE_LENGTH = 16_384;
const MAX_DEPTH = 8;

/** Reads an ExportTraceServiceRequest; spans without usable ids or times are counted in `rejected`. Never throws. */
export function spansOf(request: unknown): { spans: Span[]; rejected: number } {
  const spans: Span[] = [];
  let rejected = 0;
  for (const resourceSpans of list(object(request)["resourceSpans"])) {
    const resource = readAttributes(object(resourceSpans["resource"])["attributes"]);
    for (const scopeSpans of list(resourceSpans["scopeSpans"])) {
      const scope = text(object(scopeSpans["scope"])["name"]);
      for (const each of list(scopeSpans["spans"])) {
        const span = readSpan(each, resource, scope);
        if (span) spans.push(span);
        else rejected += 1;
      }
    }
  }
  return { spans, rejected };
}

/** Reads an ExportLogsServiceRequest; records outside of any trace are left out, they have no place here. Never throws. */
export function traceLogsOf(request: unknown): TraceLog[] {
  return list(object(request)["resourceLogs"]).flatMap((resourceLogs) => {
    const resource = readAttributes(object(resourceLogs["resource"])["attributes"]);
    return list(resourceLogs["scopeLogs"]).flatMap((scopeLogs) => list(scopeLogs["logRecords"]).flatMap((record) => readLog(record, resource) ?? []));
  });
}

function readSpan(span: Json, resource: Attributes, scope: string | undefined): Span | undefined {
  const traceId = readId(span["traceId"], 32);
  const spanId = readId(span["spanId"], 16);
  const startMs = readTime(span["startTimeUnixNano"]);
  const endMs = readTime(span["endTimeUnixNano"]);
  if (!traceId || !spanId || startMs === undefined || endMs === undefined) return undefined;
  const status = object(span["status"]);
  const code = status["code"];
  return {
    traceId,
    spanId,
    parentSpanId: readId(span["parentSpanId"], 16),
    service: serviceOf(resource),
    name: text(span["name"]) ?? "(unnamed)",
    kind: readKind(span["kind"]),
    startMs,
    endMs: Math.max(startMs, endMs),
    status: code === 2 || code === "STATUS_CODE_ERROR" ? "error" : code === 1 || code === "STATUS_CODE_OK" ? "ok" : "unset",
    statusMessage: text(status["message"]),
    scope,
    attributes: readAttributes(span["attributes"]),
    resource,
    events: list(span["events"]).map((event) => ({
      timeMs: readTime(event["timeUnixNano"]) ?? startMs,
      name: text(event["name"]) ?? "",
      attributes: readAttributes(event["attributes"]),
    })),
    links: list(span["links"]).flatMap((link) => {
      const linked = { traceId: readId(link["traceId"], 32), spanId: readId(link["spanId"], 16) };
      return linked.traceId && linked.spanId ? [{ traceId: linked.traceId, spanId: linked.spanId }] : [];
    }),
  };
}

function readLog(record: Json, resource: Attributes): TraceLog | undefined {
  const traceId = readId(record["traceId"], 32);
  const timeMs = readTime(record["timeUnixNano"]) ?? readTime(record["observedTimeUnixNano"]);
  if (!traceId || timeMs === undefined) return undefined;
  const body = readValue(record["body"], 0);
  return {
    traceId,
    spanId: readId(record["spanId"], 16),
    service: serviceOf(resource),
    timeMs,
    severity: text(record["severityText"]) ?? severityName(Number(record["severityNumber"] ?? 0)),
    eventName: text(record["eventName"]),
    body: typeof body === "string" ? body : body === null ? "" : JSON.stringify(body),
    attributes: readAttributes(record["attributes"]),
  };
}

function readAttributes(attributes: unknown, depth = 0): Attributes {
  return Object.fromEntries(list(attributes).flatMap((pair) => (typeof pair["key"] === "string" ? [[pair["key"], readValue(pair["value"], depth)]] : [])));
}

/** AnyValue; 64-bit integers come as text or as number. */
function readValue(value: unknown, depth: number): AttributeValue {
  const any = object(value);
  if (typeof any["stringValue"] === "string") return any["stringValue"].slice(0, MAX_VALUE_LENGTH);
  if (typeof any["boolValue"] === "boolean") return any["boolValue"];
  if (any["intValue"] !== undefined) return Number.isSafeInteger(Number(any["intValue"])) ? Number(any["intValue"]) : String(any["intValue"]);
  if (any["doubleValue"] !== undefined) return typeof any["doubleValue"] === "number" ? any["doubleValue"] : String(any["doubleValue"]);
  if (typeof any["bytesValue"] === "string") return any["bytesValue"].slice(0, MAX_VALUE_LENGTH);
  if (depth >= MAX_DEPTH) return null;
  if (any["arrayValue"] !== undefined) return list(object(any["arrayValue"])["values"]).map((each) => readValue(each, depth + 1));
  if (any["kvlistValue"] !== undefined) return readAttributes(object(any["kvlistValue"])["values"], depth + 1);
  return null;
}

function readKind(kind: unknown): Span["kind"] {
  if (typeof kind === "number") return KINDS[kind] ?? "internal";
  const named = typeof kind === "string" ? kind.replace("SPAN_KIND_", "").toLowerCase() : "";
  return KINDS.find((each) => each === named) ?? "internal";
}

/** Hex of that length, not all zero. */
function readId(id: unknown, length: number): string | undefined {
  const hex = typeof id === "string" ? id.toLowerCase() : "";
  return hex.length === length && /^[0-9a-f]+$/.test(hex) && !/^0+$/.test(hex) ? hex : undefined;
}

function readTime(unixNano: unknown): number | undefined {
  const given = typeof unixNano === "string" || typeof unixNano === "number" ? String(unixNano) : "";
  if (!/^\d{1,20}$/.test(given) || /^0+$/.test(given)) return undefined;
  const nanos = BigInt(given);
  return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
}

function serviceOf(resource: Attributes): string {
  return typeof resource["service.name"] === "string" && resource["service.name"] !== "" ? resource["service.name"] : "unknown_service";
}

function severityName(severity: number): string {
  const names = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
  return severity >= 1 && severity <= 24 ? (names[Math.floor((severity - 1) / 4)] ?? "") : "";
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
