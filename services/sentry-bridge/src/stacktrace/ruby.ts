import { type Chain, type ChainLink, countFrames, MAX_LINKS, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";
import { type Header, qualifiedHeader } from "./header.ts";

/** `file:12:in 'Cart#add'` (3.4) or "file:12:in `add'" (before); what follows is the message. */
const PLACE = /^((?:[A-Za-z]:)?[^:\n]{1,1000}|<[^>\n]{1,200}>|\(eval at [^\n]{1,1000}?:\d{1,9}\)):(\d{1,9})(?::in [`']([^\n]{1,1000}?)')?(?:: (.*))?$/;
const FROM = /^(\s{0,20}\d{1,6}: |\s{1,20})from (.+)$/;
const REVERSED = "Traceback (most recent call last):";
const CLASS = /^(.*) \((\p{Lu}[\p{L}\p{N}_:]{0,250})\)$/u;

interface Part {
  headerLines: string[];
  frames: Frame[];
}

/**
 * What `Exception#full_message` prints, in both orders and with causes below or above, and `backtrace.join("\n")`
 * (docs.ruby-lang.org, Exception). Layouts of Ruby 3.4 and before.
 */
export function readRuby(text: string): Chain {
  if (!/:\d{1,9}(?::in [`']|: |\n|$)/.test(text)) return NOTHING;
  const lines = text.split("\n").map((line) => line.trimEnd());
  const reversed = lines.find((line) => line !== "") === REVERSED;
  const { parts, unexplained } = reversed ? readReversed(lines) : readTop(lines);
  let lost = unexplained + Math.max(0, parts.length - MAX_LINKS);
  const links = parts.slice(0, MAX_LINKS).map(({ headerLines, frames }, i): ChainLink => {
    const header = readHeader(headerLines);
    if (!header) lost += headerLines.filter((line) => line !== "").length;
    return { header, frames, parent: i - 1, source: i === 0 ? "" : "cause" };
  });
  if (links.length === 0) return NOTHING;
  return { links, frameCount: countFrames(links), unexplained: lost };
}

interface Read {
  /** Outermost first. */
  parts: Part[];
  unexplained: number;
}

/** The place of the failure, the message, the callers; then the same for the cause. */
function readTop(lines: string[]): Read {
  const parts: Part[] = [];
  let unexplained = 0;
  let inMessage = false;
  for (const line of lines) {
    const current = parts.at(-1);
    const from = readFrom(line);
    const place = from ? undefined : readPlace(line);
    if (from && current) {
      inMessage = false;
      current.frames.push(from);
    } else if (place && place.message === undefined && current && !inMessage) current.frames.push(place.frame);
    else if (place && (!inMessage || current?.frames.length === 0 || CLASS.test(place.message ?? ""))) {
      parts.push({ headerLines: place.message === undefined ? [] : [place.message], frames: [place.frame] });
      inMessage = place.message !== undefined;
    } else if (inMessage) current!.headerLines.push(line);
    else if (line !== "") unexplained++;
  }
  return { parts, unexplained };
}

/** The callers with numbers, the place and message last; a cause comes before what it caused. */
function readReversed(lines: string[]): Read {
  const parts: Part[] = [];
  let frames: Frame[] = [];
  let unexplained = 0;
  let inMessage = false;
  for (const line of lines) {
    const from = readFrom(line);
    const place = from || frames.length === 0 ? undefined : readPlace(line);
    if (from) {
      inMessage = false;
      frames.push(from);
    } else if (place) {
      parts.push({ headerLines: [place.message ?? ""], frames: [place.frame, ...frames.toReversed()] });
      frames = [];
      inMessage = true;
    } else if (inMessage) parts.at(-1)!.headerLines.push(line);
    else if (line !== "" && line !== REVERSED) unexplained++;
  }
  return { parts: parts.toReversed(), unexplained: unexplained + frames.length };
}

function readFrom(line: string): Frame | undefined {
  const from = line.length <= MAX_FRAME_LINE_LENGTH ? FROM.exec(line) : null;
  return from ? readPlace(from[2]!)?.frame : undefined;
}

function readPlace(line: string): { frame: Frame; message: string | undefined } | undefined {
  if (line.length > MAX_FRAME_LINE_LENGTH) return undefined;
  const match = PLACE.exec(line);
  const [, path = "", number, label, message] = match ?? [];
  // Without a method only a Ruby file is one: "12:34" in a message is none.
  if (!match || /^\s/.test(path) || (label === undefined && !/\.(?:rb|ru|erb|rake|gemspec)$/.test(path))) return undefined;
  return { frame: rubyFrame(path, Number(number), label ?? "<main>"), message };
}

/** `block in Shop::Cart#add` -> class and method, as Ruby 3.4 names them. */
function rubyFrame(path: string, line: number, label: string): Frame {
  const named = /^(.*? in )?(\p{Lu}[\p{L}\p{N}_:]{0,250})[#.]([^#.\s]{1,250})$/u.exec(label);
  const gem = /^.*[\\/]gems[\\/](?!.*[\\/]gems[\\/])(.+)$/.exec(path)?.[1] ?? /^.*[\\/]lib[\\/]ruby[\\/][\d.]{1,12}[\\/](.+)$/.exec(path)?.[1];
  return codeFrame("ruby", {
    function: named ? `${named[1] ?? ""}${named[3]}` : label,
    ...(named && { module: named[2]! }),
    path,
    ...(gem !== undefined && { filename: gem }),
    line,
  });
}

/** `no apples (Shop::OutOfStock)` and further lines; the class alone where there is no message. */
function readHeader(lines: string[]): Header | undefined {
  const first = lines[0];
  if (first === undefined) return undefined;
  const match = CLASS.exec(first);
  if (match) return classHeader(match[2]!, [match[1] === match[2] ? "" : match[1]!, ...lines.slice(1)].join("\n").trimEnd());
  if (/^\p{Lu}[\p{L}\p{N}_:]{0,250}$/u.test(first)) return classHeader(first, lines.slice(1).join("\n").trimEnd());
  const last = CLASS.exec(lines.findLast((line) => line !== "") ?? "");
  return last ? classHeader(last[2]!, lines.join("\n").trimEnd().slice(0, -last[2]!.length - 3)) : undefined;
}

/** Sentry's own SDK for Ruby names the class in full and its modules besides: of `Timeout::Error` and `PG::Error` the last part says nothing. */
function classHeader(name: string, value: string): Header {
  return { ...qualifiedHeader(name, value, "::"), type: name };
}
