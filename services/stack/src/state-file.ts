import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PartStatus } from "./part-runner.ts";

/** What `<data>/run/state.json` holds: read by the console (PARTS_FILE) and by tests. */
export interface StackState {
  /** All parts are ready */
  ready: boolean;
  parts: PartStatus[];
  links: Link[];
}

export interface Link {
  name: string;
  url: string;
}

/** Writes the file whole or not at all: a reader never sees half of it. */
export function writeState(file: string, state: StackState): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, undefined, 1)}\n`);
  renameSync(draft, file);
}
