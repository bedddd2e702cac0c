import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSamples } from "./sample-files.ts";

const folder = mkdtempSync(join(tmpdir(), "sample-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string): string[] {
  const path = join(folder, "sample #1 %41.json");
  writeFileSync(path, text);
  return readSamples(path).map(({ signal }) => signal);
}

test("one request over several lines, or one a line; with a byte order mark, line ends of Windows and empty lines", () => {
  expect(read('\uFEFF{\r\n"resourceLogs": []\r\n}\r\n')).toEqual(["logs"]);
  expect(read('\uFEFF{"resourceSpans":[]}\r\n\r\n{"resourceMetrics":[]}\r\n')).toEqual(["traces", "metrics"]);
});

test.each([
  ["a line that is cut", '\n{"resourceLogs":[]}\n\n{"resourceLogs":[\n', /^line 4: no JSON: /],
  ["a line of something else", '{"resourceLogs":[]}\n{"x":1}', /^line 2: no OTLP\/JSON/],
  ["a fault in a request over several lines", '{\n  "resourceLogs": x\n}', /^no JSON: Unexpected token 'x'/],
  ["a text", "just\ntext\n", /^no JSON: .*just text/],
])("%s is one line that names the place", (_what, text, message) => {
  expect(() => read(text)).toThrow(message);
  expect(() => read(text)).not.toThrow(/\n/);
});
