import { JsonLogsSerializer, JsonTraceSerializer, ProtobufLogsSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";

/** OTLP requests for tests, written by OpenTelemetry's own serializers from plain descriptions. */
type Sdk<T extends { serializeRequest: (items: never) => unknown }> = Parameters<T["serializeRequest"]>[0];
export type SampleAttributes = Record<string, unknown>;

export const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
export const SPAN_ID = "b7ad6b7169203331";
/** 2026-01-02T03:04:05.678Z as OpenTelemetry JS writes times: seconds, nanoseconds. */
export const TIME: [number, number] = [1_767_323_045, 678_000_000];

export const NODE_RESOURCE: SampleAttributes = {
  "service.name": "helloagents-api",
  "service.version": "1.2.3",
  "service.instance.id": "instance-1",
  "deployment.environment.name": "production",
  "host.name": "host-1",
  "telemetry.sdk.language": "nodejs",
};
export const PAGE_RESOURCE: SampleAttributes = { "service.name": "helloagents-web", "service.version": "4.5.6", "telemetry.sdk.language": "webjs" };

export interface SampleSpan {
  resource?: SampleAttributes;
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  name?: string;
  /** OpenTelemetry API's kind, one less than on the wire: 1 is SERVER. */
  kind?: number;
  attributes?: SampleAttributes;
  events?: { name: string; attributes?: SampleAttributes; time?: [number, number] }[];
  statusCode?: number;
  start?: [number, number];
  end?: [number, number];
}

export interface SampleLog {
  resource?: SampleAttributes;
  traceId?: string;
  spanId?: string;
  severityNumber?: number;
  eventName?: string;
  body?: unknown;
  attributes?: SampleAttributes;
  time?: [number, number];
}

export function traces(spans: SampleSpan[], encoding: "protobuf" | "json" = "protobuf"): Buffer {
  const serializer = encoding === "protobuf" ? ProtobufTraceSerializer : JsonTraceSerializer;
  return Buffer.from(serializer.serializeRequest(spans.map(readableSpan) as unknown as Sdk<typeof ProtobufTraceSerializer>)!);
}

export function logs(records: SampleLog[], encoding: "protobuf" | "json" = "protobuf"): Buffer {
  const serializer = encoding === "protobuf" ? ProtobufLogsSerializer : JsonLogsSerializer;
  return Buffer.from(serializer.serializeRequest(records.map(readableLog) as unknown as Sdk<typeof ProtobufLogsSerializer>)!);
}

/** The attributes that OpenTelemetry gives an exception. */
export function exceptionAttributes(error: Error, more: SampleAttributes = {}): SampleAttributes {
  return { "exception.type": error.name, "exception.message": error.message, "exception.stacktrace": error.stack, ...more };
}

/** A log record as the preload sends it. */
export function exceptionLog(error: Error, more: SampleLog = {}): SampleLog {
  return { eventName: "exception", severityNumber: 17, traceId: TRACE_ID, spanId: SPAN_ID, ...more, attributes: exceptionAttributes(error, more.attributes) };
}

function readableSpan(span: SampleSpan): unknown {
  return {
    name: span.name ?? "GET /items/:id",
    kind: span.kind ?? 1,
    spanContext: () => ({ traceId: span.traceId ?? TRACE_ID, spanId: span.spanId ?? SPAN_ID, traceFlags: 1 }),
    parentSpanContext: span.parentSpanId === undefined ? undefined : { traceId: span.traceId ?? TRACE_ID, spanId: span.parentSpanId, traceFlags: 1 },
    startTime: span.start ?? TIME,
    endTime: span.end ?? span.start ?? TIME,
    status: { code: span.statusCode ?? 0 },
    attributes: span.attributes ?? {},
    links: [],
    events: (span.events ?? []).map((event) => ({ name: event.name, attributes: event.attributes ?? {}, time: event.time ?? TIME, droppedAttributesCount: 0 })),
    duration: [0, 0],
    ended: true,
    resource: resource(span.resource),
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function readableLog(log: SampleLog): unknown {
  return {
    hrTime: log.time ?? TIME,
    hrTimeObserved: log.time ?? TIME,
    spanContext: log.traceId === undefined ? undefined : { traceId: log.traceId, spanId: log.spanId ?? SPAN_ID, traceFlags: 1 },
    severityNumber: log.severityNumber,
    body: log.body,
    eventName: log.eventName,
    resource: resource(log.resource),
    instrumentationScope: SCOPE,
    attributes: log.attributes ?? {},
    droppedAttributesCount: 0,
  };
}

const SCOPE = { name: "sample-scope", version: "1.0.0" };

const resources = new Map<SampleAttributes, unknown>();

/** One object per resource, as the serializers group by identity. */
function resource(attributes: SampleAttributes = NODE_RESOURCE): unknown {
  if (!resources.has(attributes)) resources.set(attributes, { attributes, asyncAttributesPending: false });
  return resources.get(attributes);
}
