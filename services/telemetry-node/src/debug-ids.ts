/**
 * Debug ids of source maps: a built file says its own in a comment at its end, `//# debugId=<uuid>` (ECMA-426, debug ids), where a
 * bundler or `sentry-cli sourcemaps inject` put it. Read only when there is an exception, once per file.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

const MAX_FILES = 20;
const MAX_CACHED = 500;
/** The comment stands last, or before the one that names the map. */
const TAIL_BYTES = 1024;
const COMMENT = /^\/\/[#@] debugId=([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})\s*$/im;
const known = new Map<string, string | undefined>();

/** `<debug id> <file>` for files of the stack that have one; undefined when none has. Never throws. */
export function debugIds(stacktrace: string): string[] | undefined {
  const found: string[] = [];
  const files = new Set(stacktrace.split("\n").map((line) => fileOf(line.trimStart())));
  for (const file of [...files].filter((path) => isAbsolute(path)).slice(0, MAX_FILES)) {
    const id = debugIdOf(file);
    if (id !== undefined) found.push(`${id} ${file}`);
  }
  return found.length > 0 ? found : undefined;
}

/** Of a frame as V8 writes it: `at name (/srv/app/main.js:1:2)`, `at async file:///srv/app/main.js:1:2`; else "". */
function fileOf(line: string): string {
  const place = /:\d+:\d+\)?$/.exec(line);
  if (!place || !line.startsWith("at ")) return "";
  const start = line.endsWith(")") ? line.indexOf("(") + 1 : line.startsWith("at async ") ? 9 : 3;
  const file = line.slice(start, place.index);
  try {
    return file.startsWith("file://") ? fileURLToPath(file) : file;
  } catch {
    return "";
  }
}

function debugIdOf(file: string): string | undefined {
  if (known.has(file)) return known.get(file);
  const id = COMMENT.exec(tailOf(file))?.[1]?.toLowerCase();
  if (known.size >= MAX_CACHED) known.clear();
  known.set(file, id);
  return id;
}

function tailOf(file: string): string {
  try {
    // A message may look like a frame and name a pipe: opening that would wait for ever.
    const status = statSync(file);
    if (!status.isFile()) return "";
    const descriptor = openSync(file, "r");
    try {
      const tail = Buffer.alloc(Math.min(status.size, TAIL_BYTES));
      return tail.toString("latin1", 0, readSync(descriptor, tail, 0, tail.length, status.size - tail.length));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Gone, or not to be read: the stack has its frames all the same.
    return "";
  }
}
