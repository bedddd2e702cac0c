import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadCases } from "./case-files.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "case-files-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string): ReturnType<typeof loadCases> {
  const path = join(folder, "a.test.yaml");
  writeFileSync(path, text);
  return loadCases([path]);
}

const GOOD = "cases:\n  - name: one\n    given: { spans: [{ name: a }] }\n    expect:\n      otlp_http/a: { count: 1 }\n";

test("a case knows its lines", () => {
  const [one] = load(GOOD);
  expect(one?.place.line).toBe(2);
  expect(one?.placeOf(["expect", "otlp_http/a", "count"]).line).toBe(5);
});

test.each<[string, string, RegExp]>([
  ["a misspelt key", GOOD.replace("expect:", "expcet:"), /a\.test\.yaml:4: unknown key "expcet" in cases\[1\]\. Did you mean "expect"\? Known: name, given, expect\./],
  ["a misspelt key of a span", GOOD.replace("name: a", "name: a, knd: server"), /:3: unknown key "knd" .*Did you mean "kind"\?/],
  ["a word that is not nothing", GOOD.replace("{ count: 1 }", "something"), /:5: .* must be the word "nothing"/],
  ["a kind that does not exist", GOOD.replace("name: a", "name: a, kind: serve"), /:3: .*internal, server, client/],
  ["a duration without unit", GOOD.replace("name: a", 'name: a, duration: "5"'), /:3: .*duration/],
  ["nothing given", GOOD.replace("spans: [{ name: a }]", "times: 2"), /:3: nothing is given/],
  ["an empty file", "", /:1: the file lacks the key "cases"/],
  ["broken YAML", "cases: [", /a\.test\.yaml:\d+: /],
  ["the same name twice", `${GOOD}${GOOD.slice(GOOD.indexOf("\n") + 1)}`, /:6: a second case called "one"/],
  ["a sample that is not there", GOOD.replace("spans: [{ name: a }]", "file: none.json"), /:3: the sample none\.json cannot be used/],
  ["a sample that is no OTLP", GOOD.replace("spans: [{ name: a }]", "file: a.test.yaml"), /:3: the sample a\.test\.yaml cannot be used/],
])("%s is one line with its place", (_what, text, message) => {
  expect(() => load(text)).toThrow(message);
});

test("a folder without cases, or none, is an error", () => {
  rmSync(join(folder, "a.test.yaml"), { force: true });
  expect(() => loadCases([folder])).toThrow(/no \*\.test\.yaml here/);
  expect(() => loadCases([join(folder, "none")])).toThrow(/cannot be read/);
});
