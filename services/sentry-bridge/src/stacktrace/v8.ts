import { type Frame, makeFrame, MAX_FRAME_LINE_LENGTH, splitLocation } from "./frame.ts";

/**
 * A frame as V8 writes it, in Node and in Chromium (v8.dev/docs/stack-trace-api):
 * `at fn (file:line:col)`, `at async fn (...)`, `at new Foo (...)`, `at file:line:col`, `at fn (eval at g (file:1:2), <anonymous>:3:4)`,
 * `at JSON.parse (<anonymous>)`, `at async Promise.all (index 0)`, `at wasm://wasm/0145fffe:wasm-function[0]:0x1e`. `util.inspect` may end the line with ` {` or `,`.
 */
export function readV8Frame(line: string): Frame | undefined {
  if (!line.startsWith("at ") || line.length > MAX_FRAME_LINE_LENGTH) return undefined;
  const rest = withoutInspectTail(line.slice(3));
  const open = rest.endsWith(")") ? matchingOpen(rest) : -1;
  const where = open > 0 && rest[open - 1] === " " ? rest.slice(open + 1, -1) : undefined;
  if (where === undefined) {
    const location = splitLocation(withoutAsync(rest));
    return location.line !== undefined || /^(?:<anonymous>|unknown|wasm:.*)$/.test(location.file) ? makeFrame("", location) : undefined;
  }
  const location = splitLocation(evalOrigin(withoutAddress(where)));
  if (location.line === undefined && !isPlace(location.file)) return undefined;
  return makeFrame(functionName(rest.slice(0, open - 1)), location.file.startsWith("index ") ? { file: "<anonymous>" } : location);
}

/** Hermes (React Native) writes the place of compiled code as `address at index.android.bundle:1:2345`. */
function withoutAddress(where: string): string {
  return where.startsWith("address at ") ? where.slice("address at ".length) : where;
}

/** What stands in the brackets of a frame without line: native code, a built-in, an element of Promise.all, WebAssembly; `unknown` is Bun's. */
function isPlace(text: string): boolean {
  return text === "<anonymous>" || text === "native" || text === "unknown" || /^(?:index \d+|wasm:|node:|file:|https?:)/.test(text);
}

function withoutInspectTail(text: string): string {
  if (text.endsWith(" {")) return text.slice(0, -2);
  return text.endsWith(",") ? text.slice(0, -1) : text;
}

function withoutAsync(text: string): string {
  return text.startsWith("async ") ? text.slice("async ".length) : text;
}

function functionName(text: string): string {
  const name = withoutAsync(text);
  const alias = name.lastIndexOf(" [as ");
  return alias > 0 && name.endsWith("]") ? name.slice(0, alias) : name;
}

/** The bracket that the last character closes, so that file names with brackets stay whole. */
function matchingOpen(text: string): number {
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth === 0) return at;
  }
  return -1;
}

/** `eval at f (eval at g (/x.js:1:2), <anonymous>:3:4), ...`: made code has no file, the place that made it does. */
function evalOrigin(where: string): string {
  let origin = where;
  for (let depth = 0; depth < MAX_EVAL_DEPTH && origin.startsWith("eval at "); depth++) {
    const open = origin.indexOf(" (");
    const close = open < 0 ? -1 : matchingClose(origin, open + 1);
    if (close < 0) return where;
    origin = origin.slice(open + 2, close);
  }
  return origin;
}

const MAX_EVAL_DEPTH = 10;

function matchingClose(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return -1;
}
