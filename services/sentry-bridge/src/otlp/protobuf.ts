import { type Allowance, countPart, createAllowance } from "./limits.ts";
import { type CountPoint, histogramCounts } from "./metrics.ts";
import { EXCEPTION, EXCEPTION_PREFIX, type Group, MalformedError, MAX_VALUE_DEPTH, SERVER } from "./model.ts";
import { exceptionsAndTheirTraces, PAGE_LANGUAGE, toGroup, toLogRecord, toSpan, type Wire } from "./objects.ts";
import { EVENT_FIELD, type Field, GROUP, LOG_FIELD, LOG_RECORD, METRICS_REQUEST, REQUEST, RESOURCE, type Schema, SCOPE, SCOPE_GROUP, SPAN, SPAN_FIELD } from "./schema.ts";
import { BYTES, type Cursor, FIXED64, readDouble, readFixed64, readInt64, readLength, readVarint, skipField, VARINT } from "./wire.ts";

/** Messages in messages: values nest two or three messages a level. */
const MAX_MESSAGE_DEPTH = 3 * MAX_VALUE_DEPTH + 8;
const EXCEPTION_BYTES = Buffer.from(EXCEPTION);
const PREFIX_BYTES = Buffer.from(EXCEPTION_PREFIX);

interface Source extends Allowance {
  readonly buffer: Buffer;
}

interface Range {
  start: number;
  end: number;
}

/**
 * ExportTraceServiceRequest -> the spans that carry an exception event, the other spans of their traces, and all of pages, which
 * tell of sessions. Everything else is skimmed: no object is made of it. Throws MalformedError, HttpError 413.
 * @param all keeps every span
 * @param served of services whose names begin so, SERVER spans are kept as well
 */
export function decodeTraces(buffer: Buffer, all = false, served: readonly string[] = []): Group[] {
  const source = { buffer, ...createAllowance() };
  const scopes = scopeRanges(source);
  const traces = new Set<string>();
  for (const scope of scopes) {
    for (const span of scope.records) if (hasExceptionEvent(source, span)) traces.add(idOf(source, span, SPAN_FIELD.traceId));
  }
  return scopes.flatMap((scope) => {
    const whole = all || resourceHas(source, scope, PAGE_LANGUAGE);
    const entries = !whole && served.some((beginning) => resourceHas(source, scope, beginning));
    if (!whole && !entries && traces.size === 0) return [];
    const spans = whole ? scope.records : scope.records.filter((span) => (entries && isServer(source, span)) || (traces.size > 0 && traces.has(idOf(source, span, SPAN_FIELD.traceId))));
    return spans.length === 0 ? [] : [toGroup(...heads(source, scope), spans.map((span) => toSpan(message(source, span, SPAN), source)), [])];
  });
}

/** ExportLogsServiceRequest -> its log records that are exceptions, and the others of their traces. Throws MalformedError, HttpError 413. */
export function decodeLogs(buffer: Buffer): Group[] {
  const source = { buffer, ...createAllowance() };
  const scopes = scopeRanges(source);
  const mayBeException = (record: Range): boolean => buffer.subarray(record.start, record.end).includes(EXCEPTION_BYTES);
  const traces = new Set(scopes.flatMap(({ records }) => records.filter(mayBeException).map((record) => idOf(source, record, LOG_FIELD.traceId))));
  if (traces.size === 0) return [];
  const read = scopes.map((scope) => {
    const records = scope.records.filter((record) => traces.has(idOf(source, record, LOG_FIELD.traceId)));
    return { scope, logs: records.map((record) => toLogRecord(message(source, record, LOG_RECORD), source)) };
  });
  return exceptionsAndTheirTraces(read).map(({ scope, logs }) => toGroup(...heads(source, scope), [], logs));
}

/** ExportMetricsServiceRequest -> the counts of the histograms called `name`. Throws MalformedError, HttpError 413. */
export function decodeCounts(buffer: Buffer, name: string): CountPoint[] {
  return histogramCounts(message({ buffer, ...createAllowance() }, { start: 0, end: buffer.length }, METRICS_REQUEST), name);
}

interface ScopeRanges {
  resource: Range | undefined;
  scope: Range | undefined;
  records: Range[];
}

function scopeRanges(source: Source): ScopeRanges[] {
  const result: ScopeRanges[] = [];
  for (const group of children(source, { start: 0, end: source.buffer.length }, REQUEST.groups)) {
    const resource = children(source, group, GROUP.resource).at(-1);
    for (const scopeGroup of children(source, group, GROUP.scopes)) {
      const scope = children(source, scopeGroup, SCOPE_GROUP.scope).at(-1);
      result.push({ resource, scope, records: children(source, scopeGroup, SCOPE_GROUP.records) });
    }
  }
  return result;
}

/** Whether the text, a browser's language or a service's name, stands anywhere in it: its spans may then be kept for nothing. */
function resourceHas({ buffer }: Source, { resource }: ScopeRanges, text: string): boolean {
  return resource !== undefined && buffer.subarray(resource.start, resource.end).includes(text);
}

function heads(source: Source, scope: ScopeRanges): [Wire, Wire] {
  return [scope.resource ? message(source, scope.resource, RESOURCE) : {}, scope.scope ? message(source, scope.scope, SCOPE) : {}];
}

/** Where the length-delimited fields `number` of a message lie. Walks the whole message, so it also checks it. */
function children(source: Source, range: Range, number: number): Range[] {
  const cursor: Cursor = { buffer: source.buffer, at: range.start };
  const result: Range[] = [];
  while (cursor.at < range.end) {
    const tag = readVarint(cursor, range.end);
    if (tag === number * 8 + BYTES) {
      const end = readLength(cursor, range.end);
      countPart(source);
      result.push({ start: cursor.at, end });
      cursor.at = end;
    } else skipField(cursor, tag % 8, range.end);
  }
  return result;
}

/** Also true of an event that only speaks of `exception.` somewhere: its trace is then kept for nothing. */
function hasExceptionEvent(source: Source, span: Range): boolean {
  const { buffer } = source;
  return children(source, span, SPAN_FIELD.events).some(
    (event) =>
      buffer.subarray(event.start, event.end).includes(PREFIX_BYTES) ||
      children(source, event, EVENT_FIELD.name).some((name) => buffer.compare(EXCEPTION_BYTES, 0, EXCEPTION_BYTES.length, name.start, name.end) === 0),
  );
}

function isServer({ buffer }: Source, { start, end }: Range): boolean {
  const cursor: Cursor = { buffer, at: start };
  let kind = 0;
  while (cursor.at < end) {
    const tag = readVarint(cursor, end);
    if (tag === SPAN_FIELD.kind * 8 + VARINT) kind = readVarint(cursor, end);
    else skipField(cursor, tag % 8, end);
  }
  return kind === SERVER;
}

/** Of a span or log record, as it is. */
function idOf(source: Source, record: Range, field: number): string {
  const id = children(source, record, field).at(-1);
  return id ? source.buffer.toString("latin1", id.start, id.end) : "";
}

function message(source: Source, range: Range, schema: Schema, depth = 0): Wire {
  if (depth > MAX_MESSAGE_DEPTH) throw new MalformedError(`protobuf: messages nested deeper than ${MAX_MESSAGE_DEPTH} at byte ${range.start}`);
  countPart(source);
  const cursor: Cursor = { buffer: source.buffer, at: range.start };
  const result: Wire = {};
  while (cursor.at < range.end) {
    const at = cursor.at;
    const tag = readVarint(cursor, range.end);
    const wireType = tag % 8;
    const field = schema[Math.floor(tag / 8)];
    if (!field) skipField(cursor, wireType, range.end);
    else if (wireType !== WIRE_TYPE[field.kind]) throw new MalformedError(`protobuf: field ${field.name} at byte ${at} has wire type ${wireType}, not ${WIRE_TYPE[field.kind]}`);
    else if (field.repeated) {
      const values = (result[field.name] ??= []) as unknown[];
      values.push(value(source, cursor, range.end, field, depth));
    } else result[field.name] = value(source, cursor, range.end, field, depth);
  }
  return result;
}

const WIRE_TYPE: Record<Field["kind"], number> = {
  string: BYTES,
  bytes: BYTES,
  hex: BYTES,
  message: BYTES,
  bool: VARINT,
  int64: VARINT,
  uint: VARINT,
  double: FIXED64,
  fixed64: FIXED64,
};

const TEXT_ENCODING = { string: "utf8", hex: "hex", bytes: "base64" } as const;

function value(source: Source, cursor: Cursor, end: number, field: Field, depth: number): unknown {
  switch (field.kind) {
    case "bool":
      return readVarint(cursor, end) !== 0;
    case "uint":
      return readVarint(cursor, end);
    case "int64":
      return readInt64(cursor, end);
    case "double":
      return readDouble(cursor, end);
    case "fixed64":
      return readFixed64(cursor, end);
    default: {
      const stop = readLength(cursor, end);
      const start = cursor.at;
      cursor.at = stop;
      if (field.kind === "message") return message(source, { start, end: stop }, field.of!(), depth + 1);
      return cursor.buffer.toString(TEXT_ENCODING[field.kind], start, stop);
    }
  }
}
