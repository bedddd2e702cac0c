import { type Allowance, countRecords } from "./limits.ts";
import { type Attributes, type AttributeValue, CLIENT, CONSUMER, ERROR, EXCEPTION, type Group, idText, type LogRecord, MalformedError, MAX_VALUE_DEPTH, SERVER, type Span, type SpanEvent, TOO_DEEP } from "./model.ts";

/**
 * From loose objects with OTLP/JSON's field names to the model. Both encodings come through here: the protobuf reader makes
 * objects of the same shape as `JSON.parse`, so that the rules for odd values exist once.
 */
export type Wire = Record<string, unknown>;

/** `telemetry.sdk.language` of browsers. */
export const PAGE_LANGUAGE = "webjs";

export function toGroup(resource: Wire, scope: Wire, spans: Span[], logs: LogRecord[]): Group {
  return { resource: toAttributes(resource["attributes"], "resource.attributes"), scopeName: text(scope["name"]), spans, logs };
}

export function toSpan(wire: Wire, allowance: Allowance): Span {
  const events = list(wire["events"], "span.events");
  countRecords(allowance, 1 + events.length);
  return {
    traceId: idText(text(wire["traceId"]), 32),
    spanId: idText(text(wire["spanId"]), 16),
    parentSpanId: idText(text(wire["parentSpanId"]), 16),
    startTimeUnixNano: nanos(wire["startTimeUnixNano"], "span.startTimeUnixNano"),
    endTimeUnixNano: nanos(wire["endTimeUnixNano"], "span.endTimeUnixNano"),
    name: text(wire["name"]),
    kind: enumNumber(wire["kind"], SPAN_KINDS),
    attributes: toAttributes(wire["attributes"], "span.attributes"),
    events: events.map((event) => ({
      timeUnixNano: nanos(event["timeUnixNano"], "event.timeUnixNano"),
      name: text(event["name"]),
      attributes: toAttributes(event["attributes"], "event.attributes"),
    })),
    statusCode: enumNumber(object(wire["status"] ?? {}, "span.status")["code"], STATUS_CODES),
    statusMessage: text(object(wire["status"] ?? {}, "span.status")["message"]),
  };
}

/** Of a span that came as JSON. */
export function isServer(wire: Wire): boolean {
  return enumNumber(wire["kind"], SPAN_KINDS) === SERVER;
}

export function toLogRecord(wire: Wire, allowance: Allowance): LogRecord {
  countRecords(allowance, 1);
  return {
    timeUnixNano: nanos(wire["timeUnixNano"], "logRecord.timeUnixNano"),
    observedTimeUnixNano: nanos(wire["observedTimeUnixNano"], "logRecord.observedTimeUnixNano"),
    severityNumber: enumNumber(wire["severityNumber"], SEVERITIES),
    body: toValue(wire["body"], 0),
    attributes: toAttributes(wire["attributes"], "logRecord.attributes"),
    traceId: idText(text(wire["traceId"]), 32),
    spanId: idText(text(wire["spanId"]), 16),
    eventName: text(wire["eventName"]),
  };
}

/** Named `exception`, or carrying the attributes of one (semantic conventions, exceptions on logs). */
export function isExceptionLog({ eventName, attributes }: LogRecord): boolean {
  return eventName === EXCEPTION || EXCEPTION_ATTRIBUTES.some((name) => attributes.has(name));
}

/** The same for span events, which some senders name after what failed. */
export function isExceptionEvent({ name, attributes }: SpanEvent): boolean {
  return name === EXCEPTION || EXCEPTION_ATTRIBUTES.some((key) => attributes.has(key));
}

/** The records that are exceptions, and the others of their traces: what went before an exception explains it. */
export function exceptionsAndTheirTraces<T extends { logs: LogRecord[] }>(groups: T[]): T[] {
  const traces = new Set(groups.flatMap(({ logs }) => logs.filter(isExceptionLog).map(({ traceId }) => traceId)));
  traces.delete("");
  return groups.flatMap((group) => {
    const logs = group.logs.filter((log) => isExceptionLog(log) || traces.has(log.traceId));
    return logs.length === 0 ? [] : [{ ...group, logs }];
  });
}

const EXCEPTION_ATTRIBUTES = ["exception.type", "exception.message", "exception.stacktrace"];

/** An object field; anything else is the sender's error. */
export function object(value: unknown, where: string): Wire {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MalformedError(`${where}: expected an object`);
  return value as Wire;
}

/** A repeated field of objects; absent or null means none (proto3 JSON mapping). */
export function list(value: unknown, where: string): Wire[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedError(`${where}: expected an array`);
  return value.map((item: unknown, i) => object(item, `${where}[${i}]`));
}

export function toAttributes(value: unknown, where: string): Attributes {
  const result: Attributes = new Map();
  for (const pair of list(value, where)) {
    const key = text(pair["key"]);
    if (key !== "") result.set(key, toValue(pair["value"], 0));
  }
  return result;
}

function toValue(value: unknown, depth: number): AttributeValue {
  if (typeof value !== "object" || value === null) return null;
  if (depth >= MAX_VALUE_DEPTH) return TOO_DEEP;
  const any = value as Wire;
  if (any["stringValue"] !== undefined) return text(any["stringValue"]);
  if (any["boolValue"] !== undefined) return any["boolValue"] === true;
  if (any["intValue"] !== undefined) return integer(any["intValue"]);
  if (any["doubleValue"] !== undefined) return double(any["doubleValue"]);
  if (any["bytesValue"] !== undefined) return text(any["bytesValue"]);
  if (any["arrayValue"] !== undefined) return list(object(any["arrayValue"] ?? {}, "arrayValue")["values"], "arrayValue.values").map((item) => toValue(item, depth + 1));
  if (any["kvlistValue"] !== undefined) {
    const pairs = list(object(any["kvlistValue"] ?? {}, "kvlistValue")["values"], "kvlistValue.values");
    return Object.fromEntries(pairs.map((pair) => [text(pair["key"]), toValue(pair["value"], depth + 1)]));
  }
  return null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** int64 comes as number or as decimal text in OTLP/JSON; kept exact either way. */
function integer(value: unknown): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** JSON writes what is no number as text: "NaN", "Infinity". Kept as that text, since JSON to Sentry has no such numbers either. */
function double(value: unknown): number | string {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : String(value);
}

export function nanos(value: unknown, where: string): bigint {
  if (value === undefined || value === null || value === "") return 0n;
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && /^\d{1,20}$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return BigInt(Math.trunc(value));
  throw new MalformedError(`${where}: expected nanoseconds as a number or decimal text`);
}

/** Enums are numbers in OTLP/JSON; some senders write the names of the proto3 mapping. */
function enumNumber(value: unknown, names: ReadonlyMap<string, number>): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") return names.get(value) ?? (/^\d{1,4}$/.test(value) ? Number(value) : 0);
  return 0;
}

/** `SEVERITY_NUMBER_ERROR` is 17, `SEVERITY_NUMBER_ERROR2` 18. */
const SEVERITIES: ReadonlyMap<string, number> = new Map(
  ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((name, i) => ["", "2", "3", "4"].map((step, n) => [`SEVERITY_NUMBER_${name}${step}`, 4 * i + n + 1] as const)),
);
const SPAN_KINDS: ReadonlyMap<string, number> = new Map([
  ["SPAN_KIND_INTERNAL", 1],
  ["SPAN_KIND_SERVER", SERVER],
  ["SPAN_KIND_CLIENT", CLIENT],
  ["SPAN_KIND_PRODUCER", 4],
  ["SPAN_KIND_CONSUMER", CONSUMER],
]);
const STATUS_CODES: ReadonlyMap<string, number> = new Map([
  ["STATUS_CODE_OK", 1],
  ["STATUS_CODE_ERROR", ERROR],
]);
