import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

test("makes what is missing on the way, and says at once where nothing can be made", () => {
  const folder = mkdtempSync(join(tmpdir(), "make-folder-"));
  try {
    makeFolder(join(folder, "a/b"), 0o700);
    makeFolder(join(folder, "a/b"));
    expect(statSync(join(folder, "a/b")).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, "file"), "");
    expect(() => makeFolder(join(folder, "file"))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, "file/below"))).toThrow(/ENOTDIR/);
    expect(() => makeFolder("/proc/nothing/below")).toThrow(/ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
