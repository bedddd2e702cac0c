import { readFileSync } from "node:fs";
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/**
 * Turns what `otelcol validate` prints into one line per problem that begins with file and line.
 * The Collector names the place by its path in the merged configuration ("exporters::otlp_http/x: ..."), so the files are searched for it.
 */
export function explainCollectorError(output: string, files: string[]): string[] {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const told = lines.filter((line) => !/^(\d{4}-\d\d-\d\dT|Error: (failed to get config|invalid configuration|cannot unmarshal)[^:]*:? ?$|decoding failed due to|\* error decoding ''|goroutine )/.test(line));
  const problems = (told.length > 0 ? told : lines).slice(0, 5).map((line) => line.replace(/^Error: /, "").replace(/^\* /, ""));
  return problems.map((problem) => `${placeOf(problem, files)}the Collector refuses it: ${problem}`);
}

/** `file:line: ` of the deepest path in the message that a file holds, else the folder's first file. */
function placeOf(problem: string, files: string[]): string {
  const paths = [...problem.matchAll(/['"]?([\w/.-]+(?:::[\w/.[\]-]+)*)['"]?/g)].map((match) => (match[1] ?? "").split("::"));
  let best: { depth: number; place: string } | undefined;
  for (const file of files) {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
    for (const path of paths) {
      const found = path.length > 1 ? deepest(document, path) : anywhere(document.contents, path[0] ?? "");
      if (found !== undefined && found.depth > (best?.depth ?? 0)) best = { depth: found.depth, place: `${file}:${lines.linePos(found.offset).line}: ` };
    }
  }
  return best?.place ?? `${(files[0] ?? "").replace(/[^/]*$/, "")}: `;
}

interface Place {
  /** How much of the path was found; the deeper the surer */
  depth: number;
  offset: number;
}

function deepest(document: Document, path: string[]): Place | undefined {
  let node: unknown = document.contents;
  let found: Place | undefined;
  for (const [index, key] of path.entries()) {
    const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key) : undefined;
    if (pair === undefined) break;
    found = { depth: (index + 1) * 10, offset: (pair.key as Node).range?.[0] ?? 0 };
    node = pair.value;
  }
  return found !== undefined && found.depth > 10 ? found : undefined;
}

/** A component's name as key or as item of a list; only names that can be told from ordinary words. */
function anywhere(node: unknown, name: string): Place | undefined {
  if (name.length < 3) return undefined;
  if (isScalar(node)) return node.value === name ? { depth: 5, offset: node.range?.[0] ?? 0 } : undefined;
  if (isSeq(node)) return firstOf(node.items, name);
  if (isMap(node)) return firstOf(node.items.flatMap((pair) => [pair.key, pair.value]), name);
  return undefined;
}

function firstOf(nodes: unknown[], name: string): Place | undefined {
  for (const node of nodes) {
    const found = anywhere(node, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
