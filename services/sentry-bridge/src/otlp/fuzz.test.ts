import { gzipSync, zstdCompressSync, deflateSync, brotliCompressSync } from "node:zlib";
import type { IncomingMessage } from "node:http";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decompress } from "../body.ts";
import type { HttpError } from "../http-error.ts";
import { FUZZ, FUZZ_LIMIT_MS, FUZZ_NAME } from "../testing/fuzz.ts";
import { anyLogs, anyTraces, decodeRequest, encodeRequest, type Message } from "../testing/otlp-arbitrary.ts";
import { decodeLogsJson, decodeTracesJson } from "./json.ts";
import { type AttributeValue, type Group, MalformedError } from "./model.ts";
import { decodeLogs, decodeTraces } from "./protobuf.ts";

/** From what protobufjs read to what the bridge keeps, written a second time and without its code. */
const many = (value: unknown): Message[] => (value ?? []) as Message[];
const one = (value: unknown): Message => (value ?? {}) as Message;
const text = (value: unknown): string => (value ?? "") as string;

function plain({ stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue }: Message): AttributeValue {
  if (stringValue !== undefined) return stringValue as string;
  if (boolValue !== undefined) return boolValue as boolean;
  if (intValue !== undefined) return Number.isSafeInteger(Number(intValue)) ? Number(intValue) : (intValue as string);
  if (doubleValue !== undefined) return Number.isFinite(doubleValue) ? (doubleValue as number) : String(doubleValue);
  if (bytesValue !== undefined) return (bytesValue as Buffer).toString("base64");
  if (arrayValue !== undefined) return many(one(arrayValue)["values"]).map(plain);
  if (kvlistValue !== undefined) return Object.fromEntries(many(one(kvlistValue)["values"]).map(({ key, value }) => [text(key), plain(one(value))]));
  return null;
}

function attributes(pairs: unknown): Map<string, AttributeValue> {
  return new Map(many(pairs).flatMap(({ key, value }) => (text(key) === "" ? [] : [[text(key), plain(one(value))] as const])));
}

function id(bytes: unknown, length: number): string {
  const buffer = Buffer.from((bytes ?? "") as Buffer);
  return buffer.length === length && buffer.some((byte) => byte !== 0) ? buffer.toString("hex") : "";
}

const isException = (name: unknown, pairs: unknown): boolean => name === "exception" || [...attributes(pairs).keys()].some((key) => key.startsWith("exception."));
const rawId = ({ traceId }: Message): string => Buffer.from((traceId ?? "") as Buffer).toString("hex");

function expectedTraces(request: Message, all: boolean, served: string[]): Group[] {
  const scopes = many(request["resourceSpans"]).flatMap((group) => many(group["scopeSpans"]).map((scope) => ({ resource: attributes(one(group["resource"])["attributes"]), scope })));
  const spans = scopes.flatMap(({ scope }) => many(scope["spans"]));
  const kept = new Set(spans.filter((span) => many(span["events"]).some((event) => isException(event["name"], event["attributes"]))).map(rawId));
  return scopes
    .map(({ resource, scope }) => ({
      resource,
      scopeName: text(one(scope["scope"])["name"]),
      spans: many(scope["spans"])
        .filter((span) => all || resource.get("telemetry.sdk.language") === "webjs" || kept.has(rawId(span)) || (span["kind"] === 2 && served.includes(String(resource.get("telemetry.sdk.language")))))
        .map((span) => ({
          traceId: id(span["traceId"], 16),
          spanId: id(span["spanId"], 8),
          parentSpanId: id(span["parentSpanId"], 8),
          startTimeUnixNano: BigInt(text(span["startTimeUnixNano"])),
          endTimeUnixNano: BigInt(text(span["endTimeUnixNano"])),
          name: text(span["name"]),
          kind: (span["kind"] ?? 0) as number,
          attributes: attributes(span["attributes"]),
          events: many(span["events"]).map((event) => ({ timeUnixNano: BigInt(text(event["timeUnixNano"])), name: text(event["name"]), attributes: attributes(event["attributes"]) })),
          statusCode: (one(span["status"])["code"] ?? 0) as number,
          statusMessage: text(one(span["status"])["message"]),
        })),
      logs: [],
    }))
    .filter((group) => group.spans.length > 0);
}

const exceptional = (record: Message): boolean => isException(record["eventName"], record["attributes"]);

function expectedLogs(request: Message): Group[] {
  const scopes = many(request["resourceLogs"]).flatMap((group) => many(group["scopeLogs"]).map((scope) => ({ resource: attributes(one(group["resource"])["attributes"]), scope })));
  const kept = new Set(scopes.flatMap(({ scope }) => many(scope["logRecords"]).filter(exceptional).map((record) => id(record["traceId"], 16))));
  kept.delete("");
  return scopes
    .map(({ resource, scope }) => ({
      resource,
      scopeName: text(one(scope["scope"])["name"]),
      spans: [],
      logs: many(scope["logRecords"])
        .filter((record) => exceptional(record) || kept.has(id(record["traceId"], 16)))
        .map((record) => ({
          timeUnixNano: BigInt(text(record["timeUnixNano"])),
          observedTimeUnixNano: BigInt(text(record["observedTimeUnixNano"])),
          severityNumber: (record["severityNumber"] ?? 0) as number,
          body: plain(one(record["body"])),
          attributes: attributes(record["attributes"]),
          traceId: id(record["traceId"], 16),
          spanId: id(record["spanId"], 8),
          eventName: text(record["eventName"]),
        })),
    }))
    .filter((group) => group.logs.length > 0);
}

/** How senders of OTLP/JSON differ. */
interface Dialect {
  upperCaseIds: boolean;
  /** 64-bit integers as numbers where they are exact, else as text. */
  numbers: boolean;
  enumNames: boolean;
}

const dialect: fc.Arbitrary<Dialect> = fc.record({ upperCaseIds: fc.boolean(), numbers: fc.boolean(), enumNames: fc.boolean() });
const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const CODES = ["UNSET", "OK", "ERROR"];
const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** OTLP/JSON of what protobufjs read (opentelemetry-proto, JSON Protobuf encoding). */
function toJson(request: Message, { upperCaseIds, numbers, enumNames }: Dialect): Buffer {
  const write = (field: string, value: unknown): unknown => {
    if (/^(?:trace|span|parentSpan)Id$/.test(field)) {
      const hex = (value as Buffer).toString("hex");
      return upperCaseIds ? hex.toUpperCase() : hex;
    }
    if (Buffer.isBuffer(value)) return value.toString("base64");
    if (/UnixNano$|^intValue$/.test(field)) return numbers && Number.isSafeInteger(Number(value)) ? Number(value) : value;
    if (field === "doubleValue") return Number.isFinite(value) ? value : String(value);
    if (enumNames && field === "kind") return `SPAN_KIND_${KINDS[value as number]}`;
    if (enumNames && field === "code") return `STATUS_CODE_${CODES[value as number]}`;
    if (enumNames && field === "severityNumber") return value === 0 ? "SEVERITY_NUMBER_UNSPECIFIED" : `SEVERITY_NUMBER_${SEVERITIES[Math.floor(((value as number) - 1) / 4)]}${["", "2", "3", "4"][((value as number) - 1) % 4]}`;
    if (Array.isArray(value)) return value.map((item: unknown) => write("", item));
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, write(name, inner)]));
    return value;
  };
  return Buffer.from(JSON.stringify(write("", request)));
}

/** A few bytes changed, taken out, doubled or cut off. */
const damage = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), kind: fc.constantFrom("set", "remove", "insert", "repeat", "cut"), byte: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 1, max: 12 }) }), { minLength: 1, maxLength: 5 });
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function damaged(bytes: Buffer, changes: Damage): Buffer {
  return changes.reduce((body, { at, kind, byte, length }) => {
    const start = Math.floor(at * body.length);
    const [before, after] = [body.subarray(0, start), body.subarray(start)];
    if (kind === "cut") return before;
    if (kind === "repeat") return Buffer.concat([before, after.subarray(0, length), after]);
    if (kind === "insert") return Buffer.concat([before, Buffer.alloc(length, byte), after]);
    return Buffer.concat([before, ...(kind === "set" ? [Buffer.from([byte])] : []), after.subarray(1)]);
  }, bytes);
}

/** Groups, or an error that the sender is told; throws what is neither. */
function readsOrRefuses(decode: (body: Buffer) => Group[], body: Buffer): boolean {
  try {
    return decode(body).every((group) => group.resource instanceof Map);
  } catch (error) {
    if (error instanceof MalformedError && /^(?:protobuf|JSON|[\w.[\]]+): /.test(error.message)) return true;
    throw error;
  }
}

const ANY_SERVICE = [""];
const ALL = [(body: Buffer): Group[] => decodeTraces(body, false, ANY_SERVICE), decodeLogs, (body: Buffer): Group[] => decodeTracesJson(body, false, ANY_SERVICE), decodeLogsJson];

describe(`fuzz, ${FUZZ_NAME}`, { timeout: FUZZ_LIMIT_MS }, () => {
  test("traces: the same as protobufjs reads, from protobuf and from every dialect of JSON", () => {
    fc.assert(
      // Any text of a resource does for a service's name, as far as decoding goes; this one is never in another place.
      fc.property(anyTraces, dialect, fc.boolean(), fc.constantFrom<string[]>([], ["java"]), (request, senders, all, served) => {
        const bytes = encodeRequest("Traces", request);
        const read = decodeRequest("Traces", bytes);
        const expected = expectedTraces(read, all, served);
        expect(decodeTraces(bytes, all, served)).toEqual(expected);
        expect(decodeTracesJson(toJson(read, senders), all, served)).toEqual(expected);
      }),
      FUZZ,
    );
  });

  test("logs: the same as protobufjs reads, from protobuf and from every dialect of JSON", () => {
    fc.assert(
      fc.property(anyLogs, dialect, (request, senders) => {
        const bytes = encodeRequest("Logs", request);
        const read = decodeRequest("Logs", bytes);
        const expected = expectedLogs(read);
        expect(decodeLogs(bytes)).toEqual(expected);
        expect(decodeLogsJson(toJson(read, senders))).toEqual(expected);
      }),
      FUZZ,
    );
  });

  test("damaged protobuf and JSON, and what is neither, give groups or a reason", () => {
    const request = fc.oneof(anyTraces.map((message) => ["Traces", message] as const), anyLogs.map((message) => ["Logs", message] as const));
    fc.assert(
      fc.property(request, damage, dialect, fc.uint8Array({ maxLength: 200, size: "max" }), ([type, message], changes, senders, random) => {
        const bytes = encodeRequest(type, message);
        for (const body of [damaged(bytes, changes), damaged(toJson(decodeRequest(type, bytes), senders), changes), Buffer.from(random)]) {
          for (const decode of ALL) expect(readsOrRefuses(decode, body)).toBe(true);
        }
      }),
      FUZZ,
    );
  });

  test("any JSON in the place of OTLP's gives groups or a reason", () => {
    const odd = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(odd, odd, odd, (first, second, third) => {
        for (const body of [
          first,
          { resourceSpans: first, resourceLogs: second },
          { resourceSpans: [{ resource: first, scopeSpans: [{ scope: second, spans: [third] }] }], resourceLogs: [{ resource: first, scopeLogs: [{ scope: second, logRecords: [third] }] }] },
          { resourceSpans: [{ scopeSpans: [{ spans: [{ events: [{ name: "exception", attributes: first, timeUnixNano: second }], status: third }] }] }] },
          { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "exception", attributes: [{ key: "k", value: first }], body: second, severityNumber: third }] }] }] },
        ]) {
          for (const decode of [decodeTracesJson, decodeLogsJson]) expect(readsOrRefuses(decode, Buffer.from(JSON.stringify(body)))).toBe(true);
        }
      }),
      FUZZ,
    );
  });

  test("damaged compression gives bytes within the limit, or 400 or 413", async () => {
    const encodings = fc.constantFrom<[string, (body: Buffer) => Buffer]>(["gzip", gzipSync], ["zstd", zstdCompressSync], ["deflate", deflateSync], ["br", brotliCompressSync]);
    const limits = { maxBodyBytes: 1e6, maxDecodedBytes: 4096 };
    await fc.assert(
      fc.asyncProperty(encodings, fc.uint8Array({ maxLength: 300, size: "max" }), fc.integer({ min: 1, max: 40 }), fc.option(damage), async ([encoding, compress], bytes, times, changes) => {
        const body = Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes)));
        const sent = changes ? damaged(compress(body), changes) : compress(body);
        const request = { headers: { "content-encoding": encoding } } as unknown as IncomingMessage;
        const outcome = await decompress(request, sent, limits).catch((error: HttpError) => `${error.status} ${error.message}`);
        const tooLarge = "413 the body unpacks to more than 4096 bytes (SENTRY_BRIDGE_MAX_DECODED_BYTES)";
        const fits = body.length <= limits.maxDecodedBytes ? body : tooLarge;
        const acceptable = Buffer.isBuffer(outcome) ? outcome.length <= limits.maxDecodedBytes : outcome === tooLarge || outcome.startsWith(`400 the body is not valid ${encoding}: `);
        expect(changes ? acceptable : outcome).toEqual(changes ? true : fits);
      }),
      FUZZ,
    );
  });
});
