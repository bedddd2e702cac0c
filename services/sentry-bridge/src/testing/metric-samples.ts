import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { NODE_RESOURCE, type SampleAttributes } from "./otlp-samples.ts";

type Sdk = Parameters<typeof ProtobufMetricsSerializer.serializeRequest>[0];

/** A point of `http.server.request.duration`, as OpenTelemetry's SDK exports it. */
export interface SamplePoint {
  count: number;
  /** Unix milliseconds. */
  start: number;
  time: number;
  attributes?: SampleAttributes;
}

export interface SampleMetrics {
  points: SamplePoint[];
  name?: string;
  resource?: SampleAttributes;
  /** 0 delta, 1 cumulative, as in the SDK. */
  temporality?: 0 | 1;
}

/** An OTLP request with the durations of requests to a service. */
export function requestDurations({ points, name = "http.server.request.duration", resource = NODE_RESOURCE, temporality = 1 }: SampleMetrics, encoding: "protobuf" | "json" = "protobuf"): Buffer {
  const serializer = encoding === "protobuf" ? ProtobufMetricsSerializer : JsonMetricsSerializer;
  const metric = {
    descriptor: { name, description: "", unit: "s", valueType: 1 },
    aggregationTemporality: temporality,
    dataPointType: 0,
    dataPoints: points.map(({ count, start, time, attributes = { "http.response.status_code": 200 } }) => ({
      startTime: hrTime(start),
      endTime: hrTime(time),
      attributes,
      value: { buckets: { boundaries: [0.1, 1], counts: [count, 0, 0] }, sum: count * 0.05, min: 0.05, max: 0.05, count },
    })),
  };
  const data = { resource: { attributes: resource, asyncAttributesPending: false }, scopeMetrics: [{ scope: { name: "http" }, metrics: [metric] }] };
  return Buffer.from(serializer.serializeRequest(data as unknown as Sdk)!);
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}
