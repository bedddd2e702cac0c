import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Names of files `slo-*.yml` in `folder` that differ from `wanted`: to be written, or (when not wanted) to be removed. */
export function staleFiles(folder: string, wanted: Map<string, string>): string[] {
  const present = new Set(generatedIn(folder));
  const changed = [...wanted].filter(([name, text]) => !present.has(name) || readFileSync(join(folder, name), "utf8") !== text).map(([name]) => name);
  return [...changed, ...[...present].filter((name) => !wanted.has(name))].sort();
}

/** Makes the files `slo-*.yml` of `folder` those of `wanted`. Returns the names of those that changed. */
export function writeFiles(folder: string, wanted: Map<string, string>): string[] {
  mkdirSync(folder, { recursive: true });
  const stale = staleFiles(folder, wanted);
  for (const name of stale) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return stale;
}

function generatedIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^slo-.*\.yml$/.test(name));
  } catch {
    return [];
  }
}
