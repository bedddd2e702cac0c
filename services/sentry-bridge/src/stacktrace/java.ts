import { type Chain, type ChainLink, countFrames, knownHeaderEnd, MAX_LINKS, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";
import { type Header, qualifiedHeader } from "./header.ts";

interface OpenLink extends ChainLink {
  indent: number;
  headerLines: string[];
  inHeader: boolean;
  suppressed: number;
}

interface State {
  links: OpenLink[];
  /** Indexes of the exceptions that a later line can belong to, outermost first. */
  path: number[];
  unexplained: number;
  framesLeft: number;
  /** OpenTelemetry PHP writes this layout too. */
  php: boolean;
}

const NAME = /^(?:Exception in thread "[^"\n]{0,200}" )?([\p{L}_$][\p{L}\p{N}_$.@]{0,400})(?:: ?([\s\S]*))?$/u;
/** `... n more` repeats frames: a hostile text must not make millions of a few lines. */
const MAX_FRAMES = 100_000;

/**
 * What `Throwable.printStackTrace` prints (Java, Kotlin, Scala; also OpenTelemetry PHP): nested causes, suppressed exceptions, `... n more`
 * put back from the enclosing exception (docs.oracle.com, java.lang.Throwable).
 */
export function readJava(text: string, message: string): Chain {
  if (!text.includes("at ") || !text.includes("(")) return NOTHING;
  const state: State = { links: [], path: [], unexplained: 0, framesLeft: MAX_FRAMES, php: /\.php:\d{1,9}\)/.test(text) };
  open(state, -1, "", 0, "");
  const root = state.links[0]!;
  const headerEnd = knownHeaderEnd(text, message);
  root.headerLines = headerEnd > 0 ? [text.slice(0, headerEnd).trimEnd()] : [];
  root.inHeader = headerEnd === 0;
  for (const raw of text.slice(headerEnd).split("\n")) {
    const line = raw.trim();
    if (line !== "") readLine(state, line, raw.length - raw.trimStart().length, raw);
    else if (state.links.at(-1)!.inHeader) state.links.at(-1)!.headerLines.push("");
  }
  return finish(state);
}

function readLine(state: State, line: string, indent: number, raw: string): void {
  const current = state.links.at(-1)!;
  const related = /^(Caused by|Suppressed|Wrapped by): ?(.*)$/.exec(line.slice(0, MAX_FRAME_LINE_LENGTH));
  if (related && openRelated(state, related[1]!, related[2]!, indent)) return;
  const frame = line.startsWith("at ") && line.length <= MAX_FRAME_LINE_LENGTH ? readFrame(line.slice(3), state.php) : undefined;
  if (frame) {
    current.inHeader = false;
    current.frames.push(frame);
    return;
  }
  const more = /^\.\.\. (\d{1,6}) (?:more|common frames omitted)$/.exec(line);
  if (more) {
    current.inHeader = false;
    restore(state, current, Number(more[1]));
  } else if (current.inHeader) current.headerLines.push(raw.slice(Math.min(indent, current.indent)).trimEnd());
  else state.unexplained++;
}

/** `false`: too many already, or no exception that it could belong to. */
function openRelated(state: State, caption: string, first: string, indent: number): boolean {
  if (state.links.length >= MAX_LINKS) return false;
  const suppressed = caption === "Suppressed";
  const leaves = (index: number): boolean => (suppressed ? state.links[index]!.indent >= indent : state.links[index]!.indent > indent);
  while (state.path.length > 1 && leaves(state.path.at(-1)!)) state.path.pop();
  const parent = state.path.at(-1)!;
  // The end of a circle: the exception is in the chain already.
  if (/^\[CIRCULAR REFERENCE: ?/.test(first)) return true;
  // A cause is the last thing said about an exception, so it takes the other's place.
  if (!suppressed) state.path.pop();
  open(state, parent, suppressed ? `suppressed[${state.links[parent]!.suppressed++}]` : "cause", indent, first);
  return true;
}

function open(state: State, parent: number, source: string, indent: number, first: string): void {
  state.path.push(state.links.length);
  state.links.push({ header: undefined, frames: [], parent, source, indent, headerLines: [first], inHeader: true, suppressed: 0 });
}

/** The last `count` frames are those of the exception that this one belongs to. */
function restore(state: State, link: OpenLink, count: number): void {
  const enclosing = state.links[link.parent]?.frames ?? [];
  if (count > enclosing.length || count > state.framesLeft) {
    state.unexplained++;
    return;
  }
  state.framesLeft -= count;
  for (const frame of enclosing.slice(enclosing.length - count)) link.frames.push(frame);
}

const SOURCE = /^(?:Native Method|Unknown Source|<generated>|SourceFile|r8-map-id-[\da-f]{1,64}|([^():]{1,250}\.[A-Za-z]{1,12}))(?::\s?(-?\d{1,9}))?$/;

/** `loader/module@version/package.Class.method(File.java:12) ~[file.jar:1.0]`; loader and module are left out. */
function readFrame(text: string, php: boolean): Frame | undefined {
  const call = text.replace(/ ~?\[[^\]]{0,300}\]$/, "");
  const start = call.lastIndexOf("(");
  if (start <= 0 || !call.endsWith(")") || call[start - 1] === " ") return undefined;
  const source = SOURCE.exec(call.slice(start + 1, -1));
  if (!source) return undefined;
  // Classes made for lambdas have a slash of their own, and a number that changes with every start.
  const place = call.slice(0, start).replace(/(\$\$Lambda)(?:\$\d{1,9})?\/(?:0x)?[\da-f]{1,20}/, "$1");
  const name = place.slice(place.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  if (/\s/.test(name)) return undefined;
  const module = name.slice(0, Math.max(0, dot));
  const line = Number(source[2]);
  return codeFrame(php ? "php" : "java", {
    function: name.slice(dot + 1),
    module: php ? module.replaceAll(".", "\\") : module,
    path: source[1] ?? (php ? "[internal function]" : ""),
    // A negative number stands for none. Obfuscated Android code has a line without a file, which the mapping needs.
    ...(line > 0 && { line }),
  });
}

function finish(state: State): Chain {
  const links = state.links.map(({ headerLines, frames, parent, source }) => {
    const header = readHeader(headerLines.join("\n"), state.php);
    if (!header) state.unexplained += headerLines.filter((line) => line !== "").length;
    return { header, frames, parent, source };
  });
  return { links, frameCount: countFrames(links), unexplained: state.unexplained };
}

function readHeader(text: string, php: boolean): Header | undefined {
  const match = NAME.exec(text.trimEnd());
  if (!match) return undefined;
  const [, name = "", value = ""] = match;
  return php ? { type: name.replaceAll(".", "\\"), value } : qualifiedHeader(name, value);
}
