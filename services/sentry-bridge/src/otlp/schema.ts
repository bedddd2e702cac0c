/**
 * The messages of OTLP that the bridge reads, as tables: field number -> what it is.
 * Source: opentelemetry-proto 1.x, {trace,logs,resource,common}/v1. A field that is not here is skipped.
 */
export type Kind = "string" | "bool" | "int64" | "double" | "bytes" | "hex" | "uint" | "fixed64" | "message";

export interface Field {
  name: string;
  kind: Kind;
  repeated?: boolean;
  /** Of a `message` field. A function because messages refer to each other. */
  of?: () => Schema;
}

/** Sparse: index = field number. */
export type Schema = readonly (Field | undefined)[];

function schema(fields: Record<number, Field>): Schema {
  const table: (Field | undefined)[] = [];
  for (const [number, field] of Object.entries(fields)) table[Number(number)] = field;
  return table;
}

const many = (name: string, of: () => Schema): Field => ({ name, kind: "message", repeated: true, of });
const one = (name: string, of: () => Schema): Field => ({ name, kind: "message", of });

export const ANY_VALUE: Schema = schema({
  1: { name: "stringValue", kind: "string" },
  2: { name: "boolValue", kind: "bool" },
  3: { name: "intValue", kind: "int64" },
  4: { name: "doubleValue", kind: "double" },
  5: one("arrayValue", () => ARRAY_VALUE),
  6: one("kvlistValue", () => KEY_VALUE_LIST),
  7: { name: "bytesValue", kind: "bytes" },
});
const ARRAY_VALUE: Schema = schema({ 1: many("values", () => ANY_VALUE) });
const KEY_VALUE: Schema = schema({ 1: { name: "key", kind: "string" }, 2: one("value", () => ANY_VALUE) });
const KEY_VALUE_LIST: Schema = schema({ 1: many("values", () => KEY_VALUE) });

export const RESOURCE: Schema = schema({ 1: many("attributes", () => KEY_VALUE) });
export const SCOPE: Schema = schema({ 1: { name: "name", kind: "string" } });

const STATUS: Schema = schema({ 2: { name: "message", kind: "string" }, 3: { name: "code", kind: "uint" } });
const SPAN_EVENT: Schema = schema({
  1: { name: "timeUnixNano", kind: "fixed64" },
  2: { name: "name", kind: "string" },
  3: many("attributes", () => KEY_VALUE),
});
export const SPAN: Schema = schema({
  1: { name: "traceId", kind: "hex" },
  2: { name: "spanId", kind: "hex" },
  4: { name: "parentSpanId", kind: "hex" },
  5: { name: "name", kind: "string" },
  6: { name: "kind", kind: "uint" },
  7: { name: "startTimeUnixNano", kind: "fixed64" },
  8: { name: "endTimeUnixNano", kind: "fixed64" },
  9: many("attributes", () => KEY_VALUE),
  11: many("events", () => SPAN_EVENT),
  15: one("status", () => STATUS),
});

export const LOG_RECORD: Schema = schema({
  1: { name: "timeUnixNano", kind: "fixed64" },
  2: { name: "severityNumber", kind: "uint" },
  5: one("body", () => ANY_VALUE),
  6: many("attributes", () => KEY_VALUE),
  9: { name: "traceId", kind: "hex" },
  10: { name: "spanId", kind: "hex" },
  11: { name: "observedTimeUnixNano", kind: "fixed64" },
  12: { name: "eventName", kind: "string" },
});

const DATA_POINT: Schema = schema({
  2: { name: "startTimeUnixNano", kind: "fixed64" },
  3: { name: "timeUnixNano", kind: "fixed64" },
  4: { name: "count", kind: "fixed64" },
});
/** Attributes have another number in each kind of point. */
const HISTOGRAM_POINT: Schema = Object.assign([...DATA_POINT], { 9: many("attributes", () => KEY_VALUE) });
const EXPONENTIAL_POINT: Schema = Object.assign([...DATA_POINT], { 1: many("attributes", () => KEY_VALUE) });
const histogram = (point: Schema): Schema => schema({ 1: many("dataPoints", () => point), 2: { name: "aggregationTemporality", kind: "uint" } });
const HISTOGRAM: Schema = histogram(HISTOGRAM_POINT);
const EXPONENTIAL_HISTOGRAM: Schema = histogram(EXPONENTIAL_POINT);
const METRIC: Schema = schema({ 1: { name: "name", kind: "string" }, 9: one("histogram", () => HISTOGRAM), 10: one("exponentialHistogram", () => EXPONENTIAL_HISTOGRAM) });
const SCOPE_METRICS: Schema = schema({ 2: many("metrics", () => METRIC) });
const RESOURCE_METRICS: Schema = schema({ 1: one("resource", () => RESOURCE), 2: many("scopeMetrics", () => SCOPE_METRICS) });
/** Of metrics only the counts of histograms, which sessions are made of. */
export const METRICS_REQUEST: Schema = schema({ 1: many("resourceMetrics", () => RESOURCE_METRICS) });

/** Numbers of the fields that the skim passes of protobuf.ts follow; the same for traces and logs. */
export const REQUEST = { groups: 1 } as const;
export const GROUP = { resource: 1, scopes: 2 } as const;
export const SCOPE_GROUP = { scope: 1, records: 2 } as const;
export const SPAN_FIELD = { traceId: 1, kind: 6, events: 11 } as const;
export const LOG_FIELD = { traceId: 9 } as const;
export const EVENT_FIELD = { name: 2 } as const;
