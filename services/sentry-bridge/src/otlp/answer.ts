/**
 * Bodies of OTLP/HTTP answers, in the encoding of the request (opentelemetry-proto docs/specification.md, OTLP/HTTP response).
 */
export type Encoding = "protobuf" | "json";

export const CONTENT_TYPE: Record<Encoding, string> = { protobuf: "application/x-protobuf", json: "application/json" };

/** Export{Trace,Logs}ServiceResponse; with `rejected` > 0 it holds a partial success, which senders log and do not retry. */
export function successBody(encoding: Encoding, signal: "traces" | "logs" | "metrics", rejected: number, message: string): Buffer {
  if (rejected === 0) return Buffer.from(encoding === "json" ? "{}" : "");
  if (encoding === "protobuf") return field(1, Buffer.concat([varintField(1, rejected), field(2, Buffer.from(message))]));
  const count = signal === "traces" ? "rejectedSpans" : "rejectedLogRecords";
  return Buffer.from(JSON.stringify({ partialSuccess: { [count]: String(rejected), errorMessage: message } }));
}

/** google.rpc.Status, by which the Collector's log says why. `code` is the gRPC code that matches the HTTP status. */
export function errorBody(encoding: Encoding, httpStatus: number, message: string): Buffer {
  const code = GRPC_CODES.get(httpStatus) ?? 2;
  if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([varintField(1, code), field(2, Buffer.from(message))]);
}

/** INVALID_ARGUMENT, UNIMPLEMENTED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const GRPC_CODES: ReadonlyMap<number, number> = new Map([
  [400, 3],
  [404, 12],
  [405, 12],
  [413, 8],
  [415, 3],
  [503, 14],
]);

function varintField(number: number, value: number): Buffer {
  return Buffer.from([number * 8, ...varint(value)]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
