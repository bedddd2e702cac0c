import { readFileSync } from "node:fs";
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/**
 * Finds the place in YAML files that a tool's message speaks of, as `file:line`. The Collector and amtool name things by their path in the
 * configuration ("exporters::otlp_http/x") or by their name in quotes, without file or line. Undefined when nothing in the files matches.
 */
export function placeOf(message: string, files: string[]): string | undefined {
  const words = candidates(message);
  let best: { rank: number; place: string } | undefined;
  for (const file of files) {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
    for (const { path, rank } of words) {
      const found = path.length > 1 ? deepest(document, path) : anywhere(document.contents, path[0] ?? "");
      const sure = found === undefined ? 0 : rank + found.depth;
      if (found !== undefined && sure > (best?.rank ?? 0)) best = { rank: sure, place: `${file}:${lines.linePos(found.offset).line}` };
    }
  }
  return best?.place;
}

interface Candidate {
  path: string[];
  rank: number;
}

/** What in a message may name a place, the surest with the highest rank. Lists of what would be valid are left out. */
function candidates(message: string): Candidate[] {
  const text = message.replaceAll(/\(valid values:[^)]*\)/g, "");
  const all = (pattern: RegExp, rank: number): Candidate[] => [...text.matchAll(pattern)].map((match) => ({ path: (match[1] ?? "").split("::"), rank }));
  return [...all(/\bkeys: ([\w.-]+)/g, 100), ...all(/([\w/.-]+(?:::[\w/.-]+)+)/g, 50), ...all(/"([^"\s]+)"/g, 40), ...all(/'([^'\s]+)'/g, 10)];
}

interface Place {
  /** How many keys of the path were found */
  depth: number;
  offset: number;
}

function deepest(document: Document, path: string[]): Place | undefined {
  let node: unknown = document.contents;
  let found: Place | undefined;
  for (const [index, key] of path.entries()) {
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
    if (pair === undefined) break;
    found = { depth: index + 1, offset: (pair.key as Node).range?.[0] ?? 0 };
    node = pair.value;
  }
  return found !== undefined && found.depth > 1 ? found : undefined;
}

/** A name as key, value or item of a list. */
function anywhere(node: unknown, name: string): Place | undefined {
  if (isScalar(node)) return node.value === name ? { depth: 1, offset: node.range?.[0] ?? 0 } : undefined;
  const nodes = isSeq(node) ? node.items : isMap(node) ? node.items.flatMap((pair) => [pair.key, pair.value]) : [];
  for (const inner of nodes) {
    const found = anywhere(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
