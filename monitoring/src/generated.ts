import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files by name that are generated into a folder; `ours` tells which of its files are nobody else's. */
export type Generated = { folder: string; ours: RegExp; files: Map<string, string> };

/** Names of the files that differ from what they should be: to be written, or (when not wanted) to be removed. */
export function staleFiles({ folder, ours, files: wanted }: Generated): string[] {
  const present = new Set(filesIn(folder).filter((name) => ours.test(name)));
  const changed = [...wanted].filter(([name, text]) => !present.has(name) || readFileSync(join(folder, name), "utf8") !== text).map(([name]) => name);
  return [...changed, ...[...present].filter((name) => !wanted.has(name))].sort();
}

/** Makes the folder's files what they should be. Returns the names of those that changed. */
export function writeFiles(generated: Generated): string[] {
  const { folder, files } = generated;
  mkdirSync(folder, { recursive: true });
  const stale = staleFiles(generated);
  for (const name of stale) {
    const text = files.get(name);
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return stale;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
