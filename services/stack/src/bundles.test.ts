import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inputsOf } from "./bundles.ts";

let root = "";
const write = (file: string, text: string): void => {
  mkdirSync(join(root, file, ".."), { recursive: true });
  writeFileSync(join(root, file), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "helloagents-bundles-"));
  write("package-lock.json", "{}");
  write("services/frontend/src/main.ts", "1");
  write("services/telemetry-web/src/main.ts", "1");
});
afterEach(() => rmSync(root, { recursive: true }));

test.each(["services/frontend/src/main.ts", "services/frontend/src/new.ts", "services/telemetry-web/src/main.ts", "package-lock.json"])("a change of %s asks for a build of the frontend", (file) => {
  const before = inputsOf(root, "services/frontend");
  write(file, "2");
  expect(inputsOf(root, "services/frontend")).not.toBe(before);
});

test.each(["services/frontend/src/main.test.ts", "services/frontend/README.md", "services/frontend/dist/index.html", "services/console/src/main.ts"])("a change of %s does not", (file) => {
  const before = inputsOf(root, "services/frontend");
  write(file, "2");
  expect(inputsOf(root, "services/frontend")).toBe(before);
});
