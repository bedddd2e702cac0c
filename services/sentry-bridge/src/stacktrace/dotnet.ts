import { type Chain, type ChainLink, countFrames, knownHeaderEnd, MAX_LINKS, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";
import type { Header } from "./header.ts";

const AT = /^ {3}(?:at|bei|à|en|в|в) (.+)$/;
/** `Add(String name) in ` and `:line 12`: the signature's end and the place's, between which the file stands. */
const SIGNATURE = /^(.*?\)) \S{1,4} (?=.)/;
const LINE = /:\S{1,10} (\d{1,9})$/;
/** Indented: an inner exception ends. At the margin: an await was passed. The words are translated, too. */
const RULE = /^( {3})?--- .{1,120} ---$/;
/** Another text is likely a translation; it may be a word of the application's, too, so the raw text is kept beside it. */
const KNOWN_RULE = /^(?: {3})?--- End of (?:inner exception stack trace|stack trace from previous location.*) ---$/;
const NAME = /^(?:Unhandled exception\. )?([\p{L}_][\p{L}\p{N}_.+`[\]]{0,400})(?:: ([\s\S]*))?$/u;

interface OpenLink extends ChainLink {
  headerLines: string[];
  inHeader: boolean;
  members: number;
}

/**
 * What `Exception.ToString()` prints (learn.microsoft.com, System.Exception): inner exceptions after `--->`, in front of the frames of
 * the outer; those of an AggregateException as `(Inner Exception #1)` behind them.
 */
export function readDotnet(text: string, message: string): Chain {
  if (!text.includes("   at ") && !AT.test(text.split("\n").find((line) => line.startsWith("   ")) ?? "")) return NOTHING;
  const links: OpenLink[] = [];
  const path: number[] = [];
  let unexplained = 0;
  const open = (parent: number, source: string, first: string): void => {
    path.push(links.length);
    links.push({ header: undefined, frames: [], parent, source, headerLines: [first], inHeader: true, members: 0 });
  };
  const headerEnd = knownHeaderEnd(text, message);
  open(-1, "", text.slice(0, headerEnd).trimEnd());
  if (headerEnd > 0) links[0]!.inHeader = false;
  for (const raw of text.slice(headerEnd).split("\n")) {
    const closes = raw.trimEnd().endsWith("<---");
    const line = closes ? raw.trimEnd().slice(0, -4) : raw.trimEnd();
    const current = links[path.at(-1)!]!;
    const inner = /^(.*?) ?---> (?:\(Inner Exception #(\d{1,6})\) )?(.*)$/.exec(line.slice(0, MAX_FRAME_LINE_LENGTH));
    const rule = RULE.exec(line.slice(0, 200));
    const frame = readFrame(line);
    if (frame) {
      current.inHeader = false;
      current.frames.push(frame);
    } else if (inner && links.length < MAX_LINKS && (inner[1] === "" || current.inHeader)) {
      if (inner[1] !== "") current.headerLines.push(inner[1]!);
      current.inHeader = false;
      if (inner[2] !== undefined) leaveToAggregate(links, path);
      const parent = path.at(-1)!;
      open(parent, sourceOf(links[parent]!, inner[2]), inner[3]!);
    } else if (rule && (rule[1] !== undefined || !current.inHeader)) {
      current.inHeader = false;
      if (rule[1] !== undefined && !line.includes("previous location") && path.length > 1) path.pop();
      if (!KNOWN_RULE.test(line)) unexplained++;
    } else if (current.inHeader) current.headerLines.push(line);
    else if (line.trim() !== "") unexplained++;
    if (closes && path.length > 1) path.pop();
  }
  return finish(links, unexplained);
}

/** Members that follow belong to the nearest aggregate; .NET names the first one, too, only by `--->`. */
function leaveToAggregate(links: OpenLink[], path: number[]): void {
  while (path.length > 1 && !isAggregate(links[path.at(-1)!]!)) path.pop();
}

function isAggregate(link: OpenLink): boolean {
  return (link.headerLines.find((line) => line !== "") ?? "").startsWith("System.AggregateException");
}

function sourceOf(parent: OpenLink, number: string | undefined): string {
  if (!isAggregate(parent) && number === undefined) return "InnerException";
  return `InnerExceptions[${number ?? parent.members++}]`;
}

/** `Shop.Cart.Add(String name) in /src/Cart.cs:line 12`; the words are translated with the system's language. */
function readFrame(line: string): Frame | undefined {
  const call = line.length <= MAX_FRAME_LINE_LENGTH ? AT.exec(line)?.[1] : undefined;
  if (call === undefined) return undefined;
  const file = readPlace(call);
  const signature = file?.signature ?? call;
  const open = signature.indexOf("(");
  if (open <= 0 || !signature.endsWith(")") || signature[open - 1] === " ") return undefined;
  const { module, name } = readable(signature.slice(0, open));
  return codeFrame("dotnet", { function: name, module, ...(file && { path: file.path, line: file.line }) });
}

function readPlace(call: string): { signature: string; path: string; line: number } | undefined {
  const end = LINE.exec(call);
  const start = end && SIGNATURE.exec(call.slice(0, end.index));
  return start ? { signature: start[1]!, path: call.slice(start[0].length, end.index), line: Number(end[1]) } : undefined;
}

/** What the compiler made of async methods, lambdas and local functions is named by the method they are in. */
function readable(text: string): { module: string; name: string } {
  const stateMachine = /^(.*?)\.?(?:<>c(?:__[\w`]{1,40})?\.)?<{1,2}(?:<(Main)>\$|([\w.]{1,250}))>[\w|$]{0,100}(?:>d)?[\w$]{0,20}(?:\.MoveNext)?$/.exec(text.replace(/\+/g, "."));
  const plain = stateMachine ? `${stateMachine[1]}.${stateMachine[2] ?? stateMachine[3]}` : text.replace(/\.MoveNext$/, "");
  const generic = plain.indexOf("[");
  const dot = plain.lastIndexOf(".", generic < 0 ? undefined : generic);
  // `.ctor` and `.cctor` begin with the dot themselves.
  const cut = dot > 0 && plain[dot - 1] === "." ? dot - 1 : dot;
  return cut <= 0 ? { module: "", name: plain } : { module: plain.slice(0, cut), name: plain.slice(cut + 1) };
}

function finish(open: OpenLink[], lost: number): Chain {
  let unexplained = lost;
  const links = open.map(({ headerLines, frames, parent, source }): ChainLink => {
    const header = readHeader(headerLines.join("\n"));
    if (!header) unexplained += headerLines.filter((line) => line !== "").length;
    return { header, frames, parent, source };
  });
  return { links, frameCount: countFrames(links), unexplained };
}

/** Sentry's own SDK for .NET names the class with its namespace, so it is one name here, too. */
function readHeader(text: string): Header | undefined {
  const match = NAME.exec(text.trim());
  return match ? { type: match[1]!, value: match[2] ?? "" } : undefined;
}
