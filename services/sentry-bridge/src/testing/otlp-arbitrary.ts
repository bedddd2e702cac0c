import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import protobuf from "protobufjs";

/** A plain message as protobufjs takes and gives it: field names in camel case, 64-bit integers as decimal text, bytes as Buffer. */
export type Message = { [field: string]: unknown };

/** Fields that no version of OTLP has yet, in every message: one of each wire type. */
const FUTURE_FIELDS = "bytes future_bytes = 900; uint64 future_varint = 901; fixed64 future_fixed64 = 902; fixed32 future_fixed32 = 903;";
const FUTURE: Message = { futureBytes: Buffer.from("\u0000new"), futureVarint: 300, futureFixed64: "18446744073709551615", futureFixed32: 7 };

const proto = readFileSync(new URL("../../fixtures/otlp.proto", import.meta.url), "utf8");
const { root } = protobuf.parse(proto.replace(/(message \w+ \{)/g, `$1 ${FUTURE_FIELDS} `));

export type Request = "Traces" | "Logs";

/** As protobufjs writes it. */
export function encodeRequest(type: Request, request: Message): Buffer {
  const message = root.lookupType(type);
  return Buffer.from(message.encode(message.fromObject(request)).finish());
}

/** As protobufjs reads it. */
export function decodeRequest(type: Request, bytes: Buffer): Message {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: String, bytes: Buffer, defaults: false }) as Message;
}

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("", "GET /x", "päng", "\u{1F4A5}", "1", "true"));
const int64 = fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer().map(BigInt)).map(String);
const nanos = fc.oneof(fc.constant(0n), fc.bigInt(0n, 2n ** 64n - 1n), fc.constant(1_767_323_045_678_000_001n)).map(String);
/** Not -0, which JSON does not tell from 0. */
const double = fc.double().map((value) => (Object.is(value, -0) ? 0 : value));
const key = fc.oneof(fc.constantFrom("a", "http.route", "user.id", "", "__proto__", "constructor"), fc.string({ maxLength: 6 }));

/** Buffers stay whole in fast-check's output, and few of them are ids of the right length. */
const bytes = (length: number): fc.Arbitrary<Buffer> => fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const id = (length: number): fc.Arbitrary<Buffer> => fc.oneof({ weight: 6, arbitrary: bytes(length) }, { weight: 1, arbitrary: fc.constantFrom(Buffer.alloc(0), Buffer.alloc(length), Buffer.from("odd")) });

const { value } = fc.letrec<{ value: Message; pairs: Message[] }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text.map((stringValue) => ({ ...FUTURE, stringValue })),
    fc.boolean().map((boolValue) => ({ boolValue })),
    int64.map((intValue) => ({ intValue })),
    double.map((doubleValue) => ({ doubleValue })),
    fc.uint8Array({ maxLength: 5 }).map((array) => ({ bytesValue: Buffer.from(array) })),
    fc.constant({}),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => ({ arrayValue: { ...FUTURE, values } })),
    tie("pairs").map((values) => ({ kvlistValue: { ...FUTURE, values } })),
  ),
  pairs: fc.array(fc.record({ key, value: tie("value") }), { maxLength: 4 }),
}));

const attributes = fc.array(fc.record({ key, value: fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant({}) }) }).map((pair) => ({ ...FUTURE, ...pair })), { maxLength: 5 });
const exceptionAttribute = fc.constantFrom("exception.type", "exception.message", "exception.stacktrace").map((name) => ({ key: name, value: { stringValue: "Error: x" } }));
const withException = fc.tuple(attributes, fc.option(exceptionAttribute, { freq: 3 })).map(([rest, extra]) => (extra ? [...rest, extra] : rest));

/** Few, so that spans and records share traces. */
const traceId = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(Buffer.alloc(16, 1), Buffer.alloc(16, 2), Buffer.alloc(16, 3)) }, { weight: 2, arbitrary: id(16) });

const event = fc.record({ timeUnixNano: nanos, name: fc.constantFrom("note", "exception", ""), attributes: withException });
const span = fc
  .record({
    traceId,
    spanId: id(8),
    parentSpanId: id(8),
    traceState: text,
    name: text,
    kind: fc.integer({ min: 0, max: 5 }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    events: fc.array(event, { maxLength: 3 }),
    links: fc.constant([{ traceId: Buffer.alloc(16, 9), attributes: [] }]),
    status: fc.option(fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }), { nil: {} }),
  })
  .map((fields) => ({ ...FUTURE, ...fields }));
const logRecord = fc
  .record({
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: text,
    body: value,
    attributes: withException,
    traceId,
    spanId: id(8),
    eventName: fc.constantFrom("", "exception", "page.view"),
  })
  .map((fields) => ({ ...FUTURE, ...fields }));

const scope = fc.record({ name: text, version: text, attributes });
const language = fc.constantFrom("nodejs", "webjs", "java").map((name) => ({ key: "telemetry.sdk.language", value: { stringValue: name } }));
const resource = fc.tuple(attributes, language).map(([rest, last]) => ({ ...FUTURE, attributes: [...rest, last] }));

/** ExportTraceServiceRequest and ExportLogsServiceRequest, as far as the readers look. */
export const anyTraces: fc.Arbitrary<Message> = fc
  .array(fc.record({ resource, scopeSpans: fc.array(fc.record({ scope, spans: fc.array(span, { maxLength: 4 }) }), { maxLength: 2 }) }), { maxLength: 3 })
  .map((resourceSpans) => ({ ...FUTURE, resourceSpans }));
export const anyLogs: fc.Arbitrary<Message> = fc
  .array(fc.record({ resource, scopeLogs: fc.array(fc.record({ scope, logRecords: fc.array(logRecord, { maxLength: 4 }) }), { maxLength: 2 }) }), { maxLength: 3 })
  .map((resourceLogs) => ({ ...FUTURE, resourceLogs }));
