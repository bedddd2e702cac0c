import { existsSync, rmSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { CannotRun } from "./failure.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("makes a folder, or says in one line where none can be made and what to set", () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  const folder = temporaryFolder("test");
  expect(existsSync(folder)).toBe(true);
  rmSync(folder, { recursive: true });
  vi.stubEnv("TMPDIR", "/dev/null/nothing");
  expect(() => temporaryFolder("test")).toThrow(CannotRun);
  expect(() => temporaryFolder("test")).toThrow(/^\/dev\/null\/nothing: no temporary folder can be made there \(.*\)\. Set TMPDIR to a folder where that works\.$/);
});
