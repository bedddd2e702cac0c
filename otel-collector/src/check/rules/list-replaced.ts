import { type ConfigFile, type Path } from "../../config/config-file.ts";
import { isTree } from "../../config/merge.ts";
import type { Hit, Rule } from "../rule.ts";

export const listReplaced: Rule = {
  id: "list-replaced",
  reason: "Maps of several files merge, lists do not: the later file's list replaces the earlier one without a word, and what only the earlier one named is off.",
  remedy: "Write each list in one file only.",
  check({ files }) {
    const earlier = new Map<string, { file: ConfigFile; entries: unknown[] }>();
    const hits: Hit[] = [];
    for (const file of files) {
      for (const { path, entries } of listsIn(file.value, [])) {
        const key = JSON.stringify(path);
        const before = earlier.get(key);
        const lost = before?.entries.filter((entry) => !entries.some((other) => JSON.stringify(other) === JSON.stringify(entry))) ?? [];
        const place = file.find(path);
        if (before && place && lost.length > 0) {
          const at = before.file.find(path);
          hits.push({ at: place, message: `${path.join(".")} replaces the list of ${before.file.name}:${at?.line ?? 1}; gone: ${lost.map((entry) => (typeof entry === "string" ? entry : JSON.stringify(entry))).join(", ")}.` });
        }
        earlier.set(key, { file, entries });
      }
    }
    return hits;
  },
};

function listsIn(value: unknown, path: Path): { path: Path; entries: unknown[] }[] {
  if (Array.isArray(value)) return [{ path, entries: value }];
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => listsIn(inner, [...path, key]));
}
