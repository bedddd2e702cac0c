import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placeOf } from "./place.ts";

let folder = "";
let files: string[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-place-"));
  files = ["base.yaml", "to-x.yaml"].map((name) => join(folder, name));
  writeFileSync(files[0] ?? "", "processors:\n  memory_limiter:\n    limit_mibs: 256\nservice:\n  extensions: [health_chek]\n");
  writeFileSync(files[1] ?? "", "exporters:\n  otlp_http/x:\n    endpoint: nowhere\n  redactionn/secrets: {}\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["'memorylimiter.Config' has invalid keys: limit_mibs", "base.yaml:3"],
  ['service::extensions: references extension "health_chek" which is not configured', "base.yaml:5"],
  ["exporters::otlp_http/x: at least one endpoint must be specified", "to-x.yaml:2"],
  [`'processors' unknown type: "redactionn" for id: "redactionn/secrets" (valid values: [memory_limiter batch])`, "to-x.yaml:4"],
])("%s", (message, place) => {
  expect(placeOf(message, files)).toBe(join(folder, place));
});

test("a message that names nothing has no place", () => {
  expect(placeOf("it went wrong", files)).toBeUndefined();
});
