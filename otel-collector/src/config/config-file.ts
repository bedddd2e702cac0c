import { readFileSync, statSync } from "node:fs";
import { relative } from "node:path";
import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { CannotRun, fileFault, messageOf } from "../failure.ts";

/** A place in a file; line and column count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** A key or an index on each level. */
export type Path = readonly (string | number)[];

/** One YAML file, with the way back from a value to its line. */
export interface ConfigFile {
  /** As people are to read it: relative to where they are, when that is shorter. */
  name: string;
  text: string;
  doc: Document;
  /** Syntax errors of the YAML library, one line each. */
  errors: { place: Place; message: string }[];
  /** Plain JavaScript; {} when the file is broken. */
  value: Record<string, unknown>;
  placeAt(offset: number): Place;
  /** Where the key (or list entry) at `path` stands in this file, or undefined when it does not. */
  find(path: Path): Place | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Reads a YAML file. @throws CannotRun when there is no such file, or it is too large to be a configuration. */
export function readConfigFile(path: string): ConfigFile {
  const name = displayName(path);
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > MAX_BYTES) throw new CannotRun(`${name}: ${size} bytes are too many for a configuration (limit ${MAX_BYTES}). Is it the right file?`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof CannotRun) throw error;
    throw fileFault(name, "read", error);
  }
  return parseConfig(name, text);
}

/** The same for a text; `name` is what findings call the file. */
export function parseConfig(name: string, text: string): ConfigFile {
  const lineCounter = new LineCounter();
  // Old collectors and charts use YAML 1.1 merge keys (`<<`); the Collector understands them.
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file: name, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const docs = Array.isArray(documents) ? documents : [];
  const doc = (docs[0] ?? parseAllDocuments("{}")[0]) as Document;
  const errors = docs.flatMap((each) => each.errors.map((error) => ({ place: placeAt(error.pos[0]), message: error.message })));
  const second = docs[1];
  if (second !== undefined) errors.push({ place: placeAt(second.range[0]), message: "A second document (after ---); the Collector reads only one. Make it a file of its own." });
  let value: unknown;
  try {
    value = errors.length > 0 ? {} : (doc.toJS({ maxAliasCount: 1000 }) ?? {});
  } catch (error) {
    errors.push({ place: placeAt(0), message: messageOf(error) });
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject && errors.length === 0) errors.push({ place: placeAt(0), message: "Not a map of keys and values at the top." });
  return {
    name,
    text,
    doc,
    errors,
    value: isObject ? (value as Record<string, unknown>) : {},
    placeAt,
    find: (path) => {
      const offset = offsetOf(doc.contents, path);
      return offset === undefined ? undefined : placeAt(offset);
    },
  };
}

/** A path as a person at this place would type it. */
export function displayName(path: string): string {
  const name = relative(process.cwd(), path);
  return name === "" || name.startsWith("../..") ? path : name;
}

function offsetOf(contents: unknown, path: Path): number | undefined {
  let node: unknown = contents;
  let offset: number | undefined = path.length === 0 ? 0 : undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) return undefined;
      offset = (pair.key as Node).range?.[0];
      node = pair.value;
    } else if (isSeq(node) && typeof key === "number") {
      node = node.items[key];
      if (node === undefined) return undefined;
      offset = (node as Node).range?.[0];
    } else {
      return undefined;
    }
  }
  return offset;
}
