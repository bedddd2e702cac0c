import { expect, test } from "vitest";
import { EnvelopeError, MAX_ITEMS, parseEnvelope } from "./envelope.ts";

const parse = (text: string) => parseEnvelope(Buffer.from(text));
const shown = (text: string) => parse(text).items.map((item) => [item.type, item.payload.toString()]);

test("items end after their length, which counts bytes, or without one at the newline", () => {
  const text = '{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"attachment","length":6}\nä\nöx\n{"type":"event"}\n{"message":"hello"}\n';
  expect(parse(text).header).toEqual({ event_id: "9ec79c33ec9942ab8353589fcb2e04dc" });
  expect(shown(text)).toEqual([["attachment", "ä\nöx"], ["event", '{"message":"hello"}']]);
});

test("the last payload may end with the body, and payloads may be empty", () => {
  expect(shown('{}\n{"type":"a","length":0}\n\n{"type":"b"}\n\n{"type":"c","length":2}\nxy')).toEqual([["a", ""], ["b", ""], ["c", "xy"]]);
  expect(shown('{}\n{"type":"a","length":0}')).toEqual([["a", ""]]);
  expect(shown("{}")).toEqual([]);
  expect(shown("{}\n\n\n")).toEqual([]);
});

test("item types that are not known come through like any other", () => {
  expect(shown('{}\n{"type":"invented_tomorrow","item_count":3}\n[1]')).toEqual([["invented_tomorrow", "[1]"]]);
});

test.each([
  ["nothing", "", "empty"],
  ["no JSON header", "hello\n", "header (byte 0) is not JSON"],
  ["a header that is a list", "[]\n", "not a JSON object"],
  ["an item without type", '{}\n{"length":1}\nx', "item 1 (byte 3) has no type"],
  ["a length beyond the end", '{}\n{"type":"event","length":10}\nshort', "says 10 bytes, only 5"],
  ["a length in the middle of the payload", '{}\n{"type":"event","length":3}\nlonger\n', "does not end after its 3 bytes"],
  ["a negative length", '{}\n{"type":"event","length":-1}\n', "no count of bytes"],
  ["a fractional length", '{}\n{"type":"event","length":1.5}\nab', "no count of bytes"],
  ["an item header cut short", '{}\n{"type":"ev', "header of item 1"],
])("refused: %s", (_what, text, reason) => {
  expect(() => parse(text)).toThrow(EnvelopeError);
  expect(() => parse(text)).toThrow(reason);
});

test("refused: more items than any SDK sends", () => {
  expect(() => parse(`{}\n${'{"type":"x"}\n\n'.repeat(MAX_ITEMS + 1)}`)).toThrow(`more than ${MAX_ITEMS} items`);
});
