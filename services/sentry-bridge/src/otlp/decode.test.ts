import { expect, test } from "vitest";
import { logs, PAGE_RESOURCE, SPAN_ID, TRACE_ID, traces, type SampleSpan } from "../testing/otlp-samples.ts";
import { decodeLogsJson, decodeTracesJson } from "./json.ts";
import { type Group, MalformedError, TOO_DEEP } from "./model.ts";
import { decodeLogs, decodeTraces } from "./protobuf.ts";

const EXCEPTION = { "exception.type": "TypeError", "exception.message": "päng", "exception.stacktrace": "TypeError: päng\n    at f (/x.js:1:2)" };
const ODD = { text: "grüße", yes: true, no: false, int: 7, negative: -3, big: 2 ** 52, pi: 3.25, list: ["a", 1], map: { inner: { deep: "er" } } };

const SPANS: SampleSpan[] = [
  { spanId: "00000000000000a1", name: "other trace", traceId: "11111111111111111111111111111111" },
  { spanId: "00000000000000a2", name: "GET /x", attributes: { "http.route": "/x" } },
  { spanId: "00000000000000a3", parentSpanId: "00000000000000a2", kind: 0, attributes: ODD, statusCode: 2, events: [{ name: "note" }, { name: "exception", attributes: EXCEPTION }] },
  { spanId: "00000000000000a4", traceId: "22222222222222222222222222222222", resource: PAGE_RESOURCE, events: [{ name: "exception" }] },
];

for (const [encoding, decode] of [["protobuf", decodeTraces], ["json", decodeTracesJson]] as const) {
  test(`${encoding} traces: spans with exceptions and their traces, everything else is passed over`, () => {
    const groups = decode(traces(SPANS, encoding));
    expect(groups.map((group) => group.resource.get("service.name"))).toEqual(["helloagents-api", "helloagents-web"]);
    expect(groups[0]!.scopeName).toBe("sample-scope");
    expect(groups[0]!.spans.map((span) => span.name)).toEqual(["GET /x", "GET /items/:id"]);
    const span = groups[0]!.spans[1]!;
    expect(span).toMatchObject({ traceId: TRACE_ID, spanId: "00000000000000a3", parentSpanId: "00000000000000a2", kind: 1, statusCode: 2 });
    expect(Object.fromEntries(span.attributes)).toEqual(ODD);
    expect(span.events.map((event) => event.name)).toEqual(["note", "exception"]);
    expect(span.events[1]!.timeUnixNano).toBe(1_767_323_045_678_000_000n);
    expect(Object.fromEntries(span.events[1]!.attributes)).toEqual(EXCEPTION);
  });
}

test.each([["protobuf", decodeTraces], ["json", decodeTracesJson]] as const)("%s traces: of services that are named, SERVER spans are kept as well", (encoding, decode) => {
  const shop = { "service.name": "team-shop", "service.version": "1" };
  const body = traces([...SPANS, { resource: shop, name: "GET /shop", kind: 1, traceId: "33333333333333333333333333333333" }, { resource: shop, name: "SELECT", kind: 2, traceId: "33333333333333333333333333333333" }], encoding);
  const kept = (...served: string[]): string[] => decode(body, false, served).flatMap(({ spans }) => spans.map(({ name, spanId }) => `${name} ${spanId.slice(-2)}`));
  const others = ["GET /x a2", "GET /items/:id a3", "GET /items/:id a4"];
  expect(kept()).toEqual(others);
  expect(kept("cart")).toEqual(others);
  for (const served of ["team-shop", "team-"]) expect(kept("cart", served)).toEqual([...others, "GET /shop 31"]);
  expect(kept("").toSorted()).toEqual([...others, "other trace a1", "GET /shop 31"].toSorted());
});

for (const [encoding, decode] of [["protobuf", decodeLogs], ["json", decodeLogsJson]] as const) {
  test(`${encoding} logs: exceptions by event name or by attributes, ordinary records are passed over`, () => {
    const groups = decode(
      logs(
        [
          { body: "just a line", severityNumber: 9 },
          { eventName: "exception", severityNumber: 21, traceId: TRACE_ID, spanId: SPAN_ID, body: { what: "map" } },
          { attributes: { "exception.message": "by attribute" } },
        ],
        encoding,
      ),
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]!.logs).toHaveLength(2);
    expect(groups[0]!.logs[0]).toMatchObject({ severityNumber: 21, traceId: TRACE_ID, spanId: SPAN_ID, body: { what: "map" }, eventName: "exception" });
    expect(groups[0]!.logs[1]).toMatchObject({ traceId: "", timeUnixNano: 1_767_323_045_678_000_000n });
  });
}

test("JSON: 64-bit numbers as number or text, names of enums, foreign fields", () => {
  for (const value of [42, "42"]) expect(decodeLogsJson(logJson("1767323045678000001", value))[0]!.logs[0]!.attributes.get("n")).toBe(42);
  const [group] = decodeLogsJson(logJson("1767323045678000001", "9223372036854775807"));
  expect(group!.logs[0]).toMatchObject({ timeUnixNano: 1_767_323_045_678_000_001n, traceId: "" });
  expect(group!.logs[0]!.attributes.get("n")).toBe("9223372036854775807");
});

test("protobuf: fields and messages of the future are skipped, 64-bit integers stay exact", () => {
  const any = field(2, Buffer.from("18ffffffffffffffff7f", "hex"));
  const attribute = field(6, field(1, Buffer.from("big")), any);
  // One unknown field of each wire type: bytes, varint, fixed64, fixed32.
  const future = Buffer.concat([field(900, Buffer.from("new")), varint(901 * 8), varint(5), varint(902 * 8 + 1), Buffer.alloc(8), varint(903 * 8 + 5), Buffer.alloc(4)]);
  const record = field(2, future, field(12, Buffer.from("exception")), attribute);
  const request = Buffer.concat([future, field(1, future, field(2, record, future))]);
  expect(decodeLogs(request)[0]!.logs[0]!.attributes.get("big")).toBe("9223372036854775807");
});

test("values nested too deep are replaced, not followed", () => {
  let value: unknown = { stringValue: "bottom" };
  for (let i = 0; i < 40; i++) value = { arrayValue: { values: [value] } };
  const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "exception", attributes: [{ key: "deep", value }] }] }] }] }));
  expect(JSON.stringify(decodeLogsJson(body)[0]!.logs[0]!.attributes.get("deep"))).toContain(TOO_DEEP);
});

test.each([
  ["not JSON", decodeLogsJson, Buffer.from("{"), /JSON/],
  ["an array", decodeLogsJson, Buffer.from("[]"), /request: expected an object/],
  ["wrong shape", decodeTracesJson, Buffer.from('{"resourceSpans":[{"scopeSpans":{}}]}'), /scopeSpans: expected an array/],
  ["JSON called protobuf", decodeTraces, Buffer.from('{"resourceSpans":[]}'), /protobuf/],
  ["a length beyond the end", decodeTraces, Buffer.from([0x0a, 0x7f, 0x00]), /says 127 bytes, 1 are left/],
  ["an endless varint", decodeLogs, Buffer.alloc(20, 0xff), /varint/],
])("malformed input is named: %s", (_, decode: (body: Buffer) => Group[], body, reason) => {
  expect(() => decode(body)).toThrow(MalformedError);
  expect(() => decode(body)).toThrow(reason);
});

function logJson(timeUnixNano: unknown, intValue: unknown): Buffer {
  const record = { timeUnixNano, eventName: "exception", unknown: { x: 1 }, traceId: "zz", attributes: [{ key: "n", value: { intValue } }] };
  return Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }], future: [1, 2] }));
}

/** A length-delimited field. */
function field(number: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
