import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { injectDebugIds } from "./debug-ids.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "debug-ids-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

/** A script of one line, whose column 0 comes from line 7 of its source. */
function write(code: string): void {
  writeFileSync(join(folder, "a.js"), code);
  writeFileSync(join(folder, "a.js.map"), JSON.stringify({ version: 3, sources: ["a.ts"], names: [], mappings: "AAMA" }));
}

test("script and map share an id that the running script tells, and places are mapped as before", () => {
  write("globalThis.ran = true\n");
  const id = injectDebugIds(folder).get("a.js")!;
  expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
  const code = read("a.js");
  expect(code.endsWith(`\n//# debugId=${id}\n`)).toBe(true);
  const map = JSON.parse(read("a.js.map")) as ConstructorParameters<typeof SourceMap>[0];
  expect(map).toMatchObject({ debugId: id, debug_id: id });
  const line = code.split("\n").findIndex((text) => text.startsWith("globalThis.ran"));
  expect(new SourceMap(map).findEntry(line, 0)).toMatchObject({ generatedLine: line, originalSource: "a.ts", originalLine: 6 });
  // oxlint-disable-next-line no-eval
  (0, eval)(`${code}//# sourceURL=https://shop.example/a.js`);
  const table = (globalThis as { _sentryDebugIds?: Record<string, string> })._sentryDebugIds ?? {};
  expect(Object.entries(table)).toEqual([[expect.stringContaining("https://shop.example/a.js:1:"), id]]);
});

test("the id depends on the content alone; a second run and scripts without a map change nothing", () => {
  write("one()\n");
  const first = injectDebugIds(folder).get("a.js");
  const code = read("a.js");
  writeFileSync(join(folder, "b.js"), "alone()");
  expect(injectDebugIds(folder).size).toBe(0);
  expect([read("a.js"), read("b.js")]).toEqual([code, "alone()"]);
  write("one()\n");
  expect(injectDebugIds(folder).get("a.js")).toBe(first);
  write("two()\n");
  expect(injectDebugIds(folder).get("a.js")).not.toBe(first);
});
