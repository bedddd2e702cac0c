import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CannotRun, messageOf } from "./failure.ts";

/** A new folder of our own; who makes it takes it away. @throws CannotRun */
export function temporaryFolder(purpose: string): string {
  try {
    return mkdtempSync(join(tmpdir(), `pipeline-${purpose}-`));
  } catch (error) {
    throw new CannotRun(`${tmpdir()}: no temporary folder can be made there (${messageOf(error)}). Set TMPDIR to a folder where that works.`);
  }
}
