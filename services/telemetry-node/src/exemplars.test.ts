import { type Attributes, SpanKind, ValueType } from "@opentelemetry/api";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, DataPointType, type MetricData, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { createExemplars, type Exemplar } from "./exemplars.ts";
import { withExemplars } from "./otlp-exemplars.ts";

const route = (path: string, status = 200): Attributes => ({ "http.request.method": "GET", "http.response.status_code": status, "http.route": path });

let made = 0;
function request(path: string, seconds: number, more: Partial<ReadableSpan> = {}): ReadableSpan {
  const spanId = (++made).toString(16).padStart(16, "0");
  return { kind: SpanKind.SERVER, attributes: route(path), duration: [Math.floor(seconds), (seconds % 1) * 1e9], endTime: [1_700_000_000 + made, 5], spanContext: () => ({ traceId: spanId.repeat(2), spanId, traceFlags: 1 }), ...more } as ReadableSpan;
}

function histogram(name: string, ...series: Attributes[]): MetricData {
  const value = { buckets: { boundaries: [0.1, 1], counts: [3, 0, 200] }, count: 203, sum: 1e6, min: 0.01, max: 40 };
  return { descriptor: { name, unit: "s", description: "", valueType: ValueType.DOUBLE }, aggregationTemporality: AggregationTemporality.CUMULATIVE, dataPointType: DataPointType.HISTOGRAM, dataPoints: series.map((attributes) => ({ attributes, value, startTime: [1, 0], endTime: [2, 0] })) };
}

function counter(): MetricData {
  return { descriptor: { name: "sent", unit: "1", description: "", valueType: ValueType.INT }, aggregationTemporality: AggregationTemporality.CUMULATIVE, isMonotonic: true, dataPointType: DataPointType.SUM, dataPoints: [{ attributes: {}, value: 300, startTime: [1, 0], endTime: [2, 0] }] };
}

function metrics(...scopes: MetricData[][]): ResourceMetrics {
  return { resource: resourceFromAttributes({ "service.name": "shop" }), scopeMetrics: scopes.map((all, index) => ({ scope: { name: `scope-${index}` }, metrics: all })) };
}

const DURATION = "http.server.request.duration";

/** What a reader of OTLP sees of it, by opentelemetry-proto's numbers of fields. */
const { root } = protobuf.parse(`syntax = "proto3";
  message Request { repeated Resource resource_metrics = 1; }
  message Resource { repeated Scope scope_metrics = 2; }
  message Scope { repeated Metric metrics = 2; }
  message Metric { string name = 1; Sum sum = 7; Histogram histogram = 9; }
  message Sum { repeated Number data_points = 1; bool is_monotonic = 3; }
  message Number { sfixed64 as_int = 6; }
  message Histogram { repeated Point data_points = 1; int32 aggregation_temporality = 2; }
  message Point { fixed64 time_unix_nano = 3; fixed64 count = 4; repeated fixed64 bucket_counts = 6; repeated Exemplar exemplars = 8; repeated Attribute attributes = 9; double max = 12; }
  message Attribute { string key = 1; }
  message Exemplar { fixed64 time_unix_nano = 2; double as_double = 3; bytes span_id = 4; bytes trace_id = 5; }`);
const type = root.lookupType("Request");

interface Read {
  resourceMetrics: { scopeMetrics: { metrics: { name: string; histogram?: { dataPoints: { exemplars?: Record<string, string | number>[] }[] } }[] }[] }[];
}
const readProtobuf = (bytes: Uint8Array): Read => type.toObject(type.decode(bytes), { longs: String, bytes: String }) as Read;
const hex = (base64: string | number | undefined): string => Buffer.from(String(base64), "base64").toString("hex");

const points = (read: Read): (Record<string, string | number>[] | undefined)[] => read.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics.flatMap(({ histogram }) => histogram?.dataPoints.map(({ exemplars }) => exemplars) ?? [])));

test("the slowest and the last request of each series are named in it, and nothing else of the request changes", () => {
  const all = metrics([counter(), histogram("http.client.request.duration", route("/a"))], [histogram(DURATION, route("/a"), route("/b"), route("/c"))], [counter()]);
  const exemplars = createExemplars();
  const spans = [request("/a", 0.2), request("/a", 7.25), request("/a", 0.1), request("/b", 0.3), request("/d", 1)];
  spans.forEach(exemplars.ended);
  const taken = exemplars.take(all)!;
  const ids = spans.map((span) => span.spanContext());

  const json = JSON.parse(Buffer.from(withExemplars(JsonMetricsSerializer.serializeRequest(all)!, "json", taken)).toString()) as Read;
  expect(points(json)).toMatchObject([
    [],
    [
      { traceId: ids[1]!.traceId, spanId: ids[1]!.spanId, asDouble: 7.25, timeUnixNano: `${spans[1]!.endTime[0]}000000005` },
      { traceId: ids[2]!.traceId, spanId: ids[2]!.spanId, asDouble: 0.1 },
    ],
    [{ traceId: ids[3]!.traceId, asDouble: 0.3 }],
    [],
  ]);

  const before = ProtobufMetricsSerializer.serializeRequest(all)!;
  const read = readProtobuf(withExemplars(before, "protobuf", taken));
  const named = points(read).map((list) => list?.map(({ traceId, spanId, asDouble, timeUnixNano }) => ({ traceId: hex(traceId), spanId: hex(spanId), asDouble, timeUnixNano })));
  expect(named).toEqual(points(json).map((list) => (list?.length ? list : undefined)));
  for (const metric of read.resourceMetrics[0]!.scopeMetrics.flatMap((scope) => scope.metrics)) metric.histogram?.dataPoints.forEach((point) => delete point.exemplars);
  expect(read).toEqual(readProtobuf(before));
});

test("each is sent once", () => {
  const exemplars = createExemplars();
  exemplars.ended(request("/a", 1));
  expect(exemplars.take(metrics([histogram(DURATION, route("/a"))]))).toHaveLength(1);
  expect(exemplars.take(metrics([histogram(DURATION, route("/a"))]))).toBeUndefined();
});

test("a failed request is one of the failed; what is no request of a server counts nowhere", () => {
  const exemplars = createExemplars();
  const failed = request("/a", 1, { attributes: route("/a", 500) });
  [failed, request("/a", 2, { kind: SpanKind.CLIENT })].forEach(exemplars.ended);
  const taken = exemplars.take(metrics([histogram(DURATION, route("/a"), { ...route("/a", 500), "error.type": "500" })]));
  expect(taken?.map((list: Exemplar[]) => list.map(({ traceId }) => traceId))).toEqual([[], [failed.spanContext().traceId]]);
});

test("many routes keep no more than 500", () => {
  const exemplars = createExemplars();
  const paths = Array.from({ length: 600 }, (_, n) => `/${n}`);
  for (const path of paths) exemplars.ended(request(path, 1));
  expect(exemplars.take(metrics([histogram(DURATION, ...paths.map((path) => route(path)))]))?.filter((list) => list.length > 0)).toHaveLength(500);
});

test("nothing measured, nothing added", () => {
  expect(createExemplars().take(metrics([counter()]))).toBeUndefined();
  const bytes = ProtobufMetricsSerializer.serializeRequest(metrics([counter()]))!;
  expect(Buffer.from(withExemplars(bytes, "protobuf", []))).toEqual(Buffer.from(bytes));
});
