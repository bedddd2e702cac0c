import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeApplication } from "./resource.ts";

test("the application is the nearest package.json with a name, upwards from the entry", () => {
  const root = mkdtempSync(join(tmpdir(), "telemetry-"));
  mkdirSync(join(root, "dist/esm"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{"name":"@acme/shop","version":"1.2.3"}');
  writeFileSync(join(root, "dist/esm/package.json"), '{"type":"module"}');
  writeFileSync(join(root, "dist/package.json"), "not json");
  expect(describeApplication(join(root, "dist/esm/main.js"))).toEqual({ name: "@acme/shop", version: "1.2.3" });
  rmSync(root, { recursive: true });
});
