/** Puts exemplars into an encoded OTLP metrics request: the serializers of otlp-transformer have no place for them. */
import type { Exemplar } from "./exemplars.ts";

/** @param exemplars of each histogram data point, in the order of the request */
export function withExemplars(request: Uint8Array, encoding: "json" | "protobuf", exemplars: Exemplar[][]): Uint8Array {
  const points = exemplars.values();
  if (encoding === "protobuf") return extend(request, DATA_POINTS, () => (points.next().value ?? []).map(encode));
  const body = JSON.parse(Buffer.from(request).toString()) as JsonRequest;
  const metrics = body.resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  for (const point of metrics.flatMap(({ histogram }) => histogram?.dataPoints ?? [])) point.exemplars = points.next().value?.map(toJson);
  return Buffer.from(JSON.stringify(body));
}

interface JsonRequest {
  resourceMetrics: { scopeMetrics: { metrics: { histogram?: { dataPoints: { exemplars?: object[] | undefined }[] } }[] }[] }[];
}

function toJson({ time, value, traceId, spanId }: Exemplar): object {
  return { timeUnixNano: String(nanoseconds(time)), asDouble: value, spanId, traceId };
}

/** Fields that lead to the data points of histograms: resource_metrics, scope_metrics, metrics, histogram, data_points (opentelemetry-proto, metrics.proto). */
const DATA_POINTS = [1, 2, 2, 9, 1];
const EXEMPLARS_OF_HISTOGRAM = 8;
const LENGTH_DELIMITED = 2;

/** HistogramDataPoint.exemplars with time_unix_nano, as_double, span_id and trace_id. */
function encode({ time, value, traceId, spanId }: Exemplar): Uint8Array {
  const field = Buffer.alloc(48);
  field[0] = tag(EXEMPLARS_OF_HISTOGRAM);
  field[1] = 46;
  field[2] = (2 << 3) | 1;
  field.writeBigUInt64LE(nanoseconds(time), 3);
  field[11] = (3 << 3) | 1;
  field.writeDoubleLE(value, 12);
  field[20] = tag(4);
  field[21] = 8;
  field.write(spanId, 22, "hex");
  field[30] = tag(5);
  field[31] = 16;
  field.write(traceId, 32, "hex");
  return field;
}

/** A copy of a message in which those that the path of field numbers leads to have further fields at their end. */
function extend(message: Uint8Array, [field, ...deeper]: number[], further: () => Uint8Array[]): Uint8Array {
  if (field === undefined) return Buffer.concat([message, ...further()]);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < message.length; ) {
    const start = at;
    const [key, afterKey] = varint(message, at);
    const [length, content] = (key & 7) === LENGTH_DELIMITED ? varint(message, afterKey) : [fixedLength(message, afterKey, key & 7), afterKey];
    at = content + length;
    if (key !== tag(field)) {
      parts.push(message.subarray(start, at));
      continue;
    }
    const extended = extend(message.subarray(content, at), deeper, further);
    parts.push(message.subarray(start, afterKey), encodedVarint(extended.length), extended);
  }
  return Buffer.concat(parts);
}

const tag = (field: number): number => (field << 3) | LENGTH_DELIMITED;

function nanoseconds([seconds, rest]: Exemplar["time"]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}

/** Value, of at most 32 bits, and where it ends. */
function varint(bytes: Uint8Array, start: number): [number, number] {
  let value = 0;
  for (let at = start, shift = 0; ; at++, shift += 7) {
    value |= (bytes[at]! & 127) << shift;
    if (!(bytes[at]! > 127)) return [value >>> 0, at + 1];
  }
}

function fixedLength(bytes: Uint8Array, start: number, wireType: number): number {
  if (wireType === 1) return 8;
  if (wireType === 5) return 4;
  return bytes.subarray(start).findIndex((byte) => byte < 128) + 1;
}

function encodedVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Uint8Array.from([...bytes, value]);
}
