import { isScalar, visit } from "yaml";
import type { ConfigFile, Place } from "./config-file.ts";
import { USE } from "./environment.ts";

/** One `${env:NAME}` or `${env:NAME:-default}` in a file. */
export interface EnvironmentUse {
  name: string;
  fallback: string | undefined;
  place: Place;
}

/** Every use in values (comments do not count), in the order of the file. */
export function environmentUses(file: ConfigFile): EnvironmentUse[] {
  const uses: EnvironmentUse[] = [];
  visit(file.doc, (_key, node) => {
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) return;
    // The source, not the value: positions in a folded or escaped text would be wrong.
    const source = file.text.slice(node.range[0], node.range[1]);
    for (const match of source.matchAll(USE)) {
      if (match[1] !== undefined) uses.push({ name: match[1], fallback: match[2], place: file.placeAt(node.range[0] + match.index) });
    }
  });
  return uses;
}
