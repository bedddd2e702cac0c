import { type Chain, type ChainLink, countFrames, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";

/** Frames that OpenTelemetry's SDK puts on top of every stack it records. */
const SDK = /^go\.opentelemetry\.io\/otel\/(?:sdk\/)?(?:trace|log)$/;
const LOCATION = /^\t(.{1,4000}):(\d{1,9})(?: \+0x[\da-f]{1,16})?(?: fp=.{1,100})?$/;
const GOROUTINE = /^goroutine \d{1,12}(?: [^[\]]{1,200})? \[.{1,200}\]:$/;
const DECORATION = /^(?:exit status \d+|\.\.\.(?:additional|\d+) frames elided\.\.\.|\[signal .*\]|\[originating from .*|runtime: goroutine stack exceeds .*|runtime: sp=.*)$/;

interface Panic {
  type: string;
  lines: string[];
}

/**
 * What Go's runtime prints: `debug.Stack()` and crash texts with panics, re-panics and goroutines (pkg.go.dev/runtime), and the
 * pairs of lines of `pkg/errors`. Only the first goroutine is read, the one that failed; others stay in the raw text.
 */
export function readGo(text: string, message: string): Chain {
  if (!text.includes("\n\t")) return NOTHING;
  const lines = text.split("\n");
  const panics: Panic[] = [];
  const before: string[] = [];
  const frames: Frame[] = [];
  let unexplained = 0;
  let goroutines = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trimEnd();
    const location = line !== "" && !line.startsWith("\t") && line.length <= MAX_FRAME_LINE_LENGTH ? LOCATION.exec((lines[i + 1] ?? "").slice(0, 4300)) : null;
    if (GOROUTINE.test(line.slice(0, 500)) || line === "runtime stack:") {
      if (line !== "runtime stack:" || goroutines > 0) goroutines++;
    } else if (line === "" || DECORATION.test(line.slice(0, 300))) continue;
    else if (location && goroutines <= 1) {
      frames.push(goFrame(line, location[1]!, Number(location[2])));
      i++;
    } else if (goroutines > 0 || frames.length > 0) unexplained++;
    else if (!readPanic(panics, line)) before.push(line);
  }
  if (frames.length === 0) return NOTHING;
  // Text in front of the frames: a message that the sender gave as well, or a line of a log.
  if (before.join("\n").trim() !== message.trim()) unexplained += before.length;
  const links = toLinks(panics, culpritFirst(frames));
  return { links, frameCount: countFrames(links), unexplained };
}

/** `panic: text`, `fatal error: text`, their further lines, and `\tpanic: text` for what was raised while the first was handled. */
function readPanic(panics: Panic[], line: string): boolean {
  const start = /^\t{0,40}(panic|fatal error): (.*)$/s.exec(line);
  if (start) panics.push({ type: start[1]!, lines: [start[2]!] });
  else if (panics.length > 0) panics.at(-1)!.lines.push(line.replace(/^\t/, ""));
  return panics.length > 0;
}

/** The last panic is what ended the program, each one before it the cause of the next. */
function toLinks(panics: Panic[], frames: Frame[]): ChainLink[] {
  const links = panics.toReversed().map(({ type, lines }, i): ChainLink => {
    const value = lines.join("\n").replace(/ \[recovered(?:, repanicked)?\]$/, "");
    return { header: { type, value }, frames: i === 0 ? frames : [], parent: i - 1, source: i === 0 ? "" : "cause" };
  });
  return links.length > 0 ? links.slice(0, 50) : [{ header: undefined, frames, parent: -1, source: "" }];
}

/** Leaves the SDK's own frames out; what stands above the lowest `panic` only handled it, so it is not where the program failed. */
function culpritFirst(frames: Frame[]): Frame[] {
  const start = frames.findIndex((frame) => !SDK.test(frame.module ?? "") && !(frame.module === "runtime/debug" && frame.function === "Stack"));
  const own = start <= 0 ? frames : frames.slice(start);
  const panic = own.findLastIndex((frame) => frame.module === "runtime" && frame.function === "panic");
  return own.map((frame, i) => (i <= panic ? { ...frame, in_app: false } : frame));
}

/** `github.com/a/b.(*T).Method(0x1, ...)`, `created by main.start in goroutine 1` -> package and function. */
function goFrame(line: string, path: string, lineNumber: number): Frame {
  const name = withoutArguments(line.replace(/^created by /, "").replace(/ in goroutine \d+$/, ""));
  const bracket = name.indexOf("[");
  const slash = name.lastIndexOf("/", bracket < 0 ? undefined : bracket);
  const dot = name.indexOf(".", slash + 1);
  // The package's own dots are escaped in its last part: `gopkg.in/yaml%2ev3.Unmarshal`.
  const module = dot < 0 ? (name === "panic" ? "runtime" : "") : name.slice(0, dot).replaceAll("%2e", ".");
  return codeFrame("go", { function: name.slice(dot + 1), module, path, filename: shortPath(path), line: lineNumber });
}

function withoutArguments(text: string): string {
  if (!text.endsWith(")")) return text;
  let depth = 0;
  for (let at = text.length - 1; at > 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth === 0) return text.slice(0, at);
  }
  return text;
}

/** The part that is the same on every machine: below the module cache, or the standard library. */
function shortPath(path: string): string {
  return path.replace(/^.*\/(?:pkg\/mod|go\/src)\//, "");
}
