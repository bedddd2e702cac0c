import { expect, test } from "vitest";
import { parseYaml } from "./yaml-syntax.ts";

test("a document, with its aliases", () => {
  const read = parseYaml("a: &x {b: 1}\nc: *x\nd: {<<: *x}\n", { merge: true });
  expect("document" in read && read.document.toJS()).toEqual({ a: { b: 1 }, c: { b: 1 }, d: { b: 1 } });
});

test.each([
  ["broken", "a: 1\nb: [\n", { line: 3, message: expect.stringMatching(/^not YAML: /) }],
  ["an alias of nothing", "a: 1\nb:\n  - *y\n", { line: 3, message: "*y stands for nothing: give what it means the name &y, above" }],
  ["an alias that comes before its name", "a: *x\nb: &x 1\n", { line: 1, message: expect.stringMatching(/^\*x stands for nothing/) }],
  ["two documents", "a: 1\n---\nb: 1\n", { line: 2, message: "a second document begins here (---), and only the first is read: put it into a file of its own" }],
])("%s: what is wrong, and where", (_what, text, problem) => {
  expect(parseYaml(text)).toEqual({ problem });
});
