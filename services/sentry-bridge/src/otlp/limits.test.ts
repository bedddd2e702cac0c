import { expect, test } from "vitest";
import { decodeLogsJson, decodeTracesJson } from "./json.ts";
import { MAX_PARTS, MAX_RECORDS } from "./limits.ts";
import { decodeLogs, decodeTraces } from "./protobuf.ts";

const json = (text: string) => (): unknown => decodeLogsJson(Buffer.from(text));
const many = (text: string, count: number): string => Array.from({ length: count }, () => text).join(",");

test.each([
  ["empty groups in protobuf", () => decodeTraces(Buffer.from("0a00".repeat(MAX_PARTS + 1), "hex"))],
  ["empty records in protobuf", () => decodeLogs(nested(Buffer.from("1200".repeat(MAX_PARTS + 1), "hex"), 0x0a, 0x12))],
  ["empty attributes of a span that is kept", () => decodeTraces(nested(Buffer.concat([Buffer.from("5a0b1209", "hex"), Buffer.from("exception"), Buffer.from("4a00".repeat(MAX_PARTS), "hex")]), 0x0a, 0x12, 0x12))],
  ["objects in JSON", json(`{"resourceLogs":[${many("{}", MAX_PARTS)}]}`)],
  ["numbers in JSON", json(`[${many("1", 2_000_002)}]`)],
])("more parts than any sender has are refused with 413, and why: %s", (_, decode) => {
  expect(decode).toThrow(expect.objectContaining({ name: "HttpError", status: 413, message: "the request has more than 500000 spans, records, attributes and values; send smaller batches" }));
});

test.each([
  ["log records in protobuf", () => decodeLogs(nested(Buffer.concat(Array.from({ length: MAX_RECORDS + 1 }, () => Buffer.from("\x12\x0bb\x09exception", "latin1"))), 0x0a, 0x12))],
  ["events of a span in protobuf", () => decodeTraces(nested(Buffer.concat(Array.from({ length: MAX_RECORDS }, () => Buffer.from("Z\x0b\x12\x09exception", "latin1"))), 0x0a, 0x12, 0x12))],
  ["log records in JSON", json(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${many('{"eventName":"exception"}', MAX_RECORDS + 1)}]}]}]}`)],
])("more exceptions than memory is meant for are refused with 413, and why: %s", (_, decode) => {
  expect(decode).toThrow(expect.objectContaining({ name: "HttpError", status: 413, message: expect.stringMatching(/^the request has more than 50000 exceptions and/) }));
});

test("records without exceptions cost nothing, however many", () => {
  expect(json(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${many("{}", MAX_RECORDS + 1)}]}]}]}`)()).toEqual([]);
  expect(decodeLogs(nested(Buffer.from("1200".repeat(MAX_RECORDS + 1), "hex"), 0x0a, 0x12))).toEqual([]);
});

test("JSON nested without end is refused before it is read", () => {
  expect(json("[".repeat(100_000))).toThrow("JSON: nested deeper than 200 at byte 200");
  expect(json(`{"a":`.repeat(201))).toThrow("JSON: nested deeper than 200 at byte 1000");
});

test("brackets and commas inside of texts are none", () => {
  const text = `${"[{".repeat(300)},\\" \\\\`;
  const body = JSON.stringify({ resourceSpans: [], note: text, [text]: `"${text}"`, end: "\\" });
  expect(decodeTracesJson(Buffer.from(body))).toEqual([]);
  expect(() => decodeTracesJson(Buffer.from(`{"note":"${"[".repeat(300)}`))).toThrow(/^JSON: Unterminated string/);
});

/** Puts bytes into length-delimited fields, the innermost tag last. */
function nested(bytes: Buffer, ...tags: number[]): Buffer {
  return tags.reduceRight((inner, tag) => {
    const length: number[] = [];
    for (let rest = inner.length; ; rest = Math.floor(rest / 128)) {
      length.push(rest < 128 ? rest : (rest % 128) + 128);
      if (rest < 128) break;
    }
    return Buffer.concat([Buffer.from([tag, ...length]), inner]);
  }, bytes);
}
