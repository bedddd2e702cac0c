import type { Frame, FrameReader } from "./frame.ts";
import { closesBrackets, type Header, readHeader } from "./header.ts";

/** One exception of a text: the outermost first, each later one a cause or a member of an earlier one. */
export interface ChainLink {
  /** Absent when the text has frames only (Firefox, Safari). */
  header: Header | undefined;
  /** Innermost call first, as the text has them. */
  frames: Frame[];
  /** Index of the exception that has this as its cause or member; -1 for the outermost. */
  parent: number;
  /** How the parent refers to it: `cause`, `errors[0]`; "" for the outermost. */
  source: string;
}

export interface Chain {
  links: ChainLink[];
  frameCount: number;
  /** Lines that are neither header, nor frame, nor known decoration: properties, or another layout. */
  unexplained: number;
}

/** A layout's reader. Pure, linear in the text, never throws. `message`: the exception's, where known; its lines are never taken for frames. */
export type Layout = (text: string, message: string) => Chain;

export const NOTHING: Chain = { links: [], frameCount: 0, unexplained: 0 };

/** `errors[0]`, `exceptions[0]`, `InnerExceptions[0]`: one of several exceptions that the parent stands for. */
export function isMember(source: string): boolean {
  return source.endsWith("]") && !source.startsWith("suppressed[");
}

/** Frames of all links together. */
export function countFrames(links: ChainLink[]): number {
  return links.reduce((sum, link) => sum + link.frames.length, 0);
}

/** More than any person reads; what is beyond stays in the raw text. */
export const MAX_LINKS = 50;

interface OpenLink extends ChainLink {
  indent: number;
  headerLines: string[];
  bracketed: boolean;
  inHeader: boolean;
  /** Trimmed frame lines, to put back the frames that Node leaves out of an outer error. */
  lines: string[];
  elided: { at: number; count: number } | undefined;
}

interface State {
  readFrame: FrameReader;
  links: OpenLink[];
  /** Path from the outermost exception to the one being read. */
  path: number[];
  /** `[errors]: [` lists that are open. */
  lists: { indent: number; owner: number; members: number }[];
  unexplained: number;
}

/**
 * Splits a stack text into its chain of exceptions. Knows how `util.inspect` nests `[cause]:` and `[errors]: [` by indentation and
 * plain `Caused by:` lines; `readFrame` knows the layout's frames. One pass over the lines, pure, never throws.
 * @param message the exception's message where known: its lines are then never taken for frames
 */
export function readChain(text: string, readFrame: FrameReader, message = ""): Chain {
  const state: State = { readFrame, links: [], path: [], lists: [], unexplained: 0 };
  const headerEnd = knownHeaderEnd(text, message);
  openLink(state, -1, "", 0, "");
  const root = state.links[0]!;
  root.headerLines = [];
  root.inHeader = true;
  if (headerEnd > 0) {
    root.headerLines.push(text.slice(0, headerEnd));
    root.inHeader = false;
  }
  for (const raw of text.slice(headerEnd).split("\n")) {
    const line = raw.trim();
    if (line === "") {
      const current = state.links.at(-1)!;
      if (current.inHeader) current.headerLines.push("");
    } else readLine(state, line, raw.length - raw.trimStart().length);
  }
  return finish(state, headerEnd > 0);
}

/** Where the header ends when the text begins with a class and this message; 0 when it does not. */
export function knownHeaderEnd(text: string, message: string): number {
  if (message === "") return 0;
  const firstLine = text.slice(0, 400).split("\n", 1)[0]!.length;
  const at = text.slice(0, firstLine + message.length).indexOf(message);
  if (at < 0 || at > firstLine || (at > 0 && text.slice(at - 2, at) !== ": ")) return 0;
  const after = text.slice(at + message.length, at + message.length + 4).split("\n", 1)[0]!;
  if (!/^\]?(?: \{)?\r?$/.test(after)) return 0;
  return at + message.length + after.length;
}

function readLine(state: State, line: string, indent: number): void {
  const current = state.links.at(-1)!;
  const cause = /^(?:\[(cause|error|suppressed)\]|(Caused by)): (.+)$/.exec(line.length > 65_536 ? line.slice(0, 65_536) : line);
  if (cause && state.links.length < MAX_LINKS && !(current.bracketed && current.inHeader)) {
    leaveTo(state, isFlat(state, indent) ? indent + 1 : indent);
    openLink(state, state.path.at(-1)!, cause[1] ?? "cause", indent, cause[3]!);
    return;
  }
  const frame = state.readFrame(line);
  if (frame) {
    current.inHeader = false;
    current.frames.push(frame);
    current.lines.push(line.replace(/(?: \{|,)$/, ""));
    return;
  }
  const elided = /^\.\.\. (\d{1,6}) lines matching cause stack trace \.\.\./.exec(line);
  if (elided) current.elided ??= { at: current.frames.length, count: Number(elided[1]) };
  else if (current.inHeader) headerLine(current, line, indent);
  else if (line === "[errors]: [") {
    leaveTo(state, indent);
    state.lists.push({ indent, owner: state.path.at(-1)!, members: 0 });
  } else if (/^[\]}]{1,64},?$/.test(line)) closeLists(state, line, indent);
  else if (!openMember(state, line, indent)) state.unexplained++;
}

/**
 * Causes written one below the other instead of nested: each belongs to the one before. In a nested text a cause never stands as far
 * left as the exception it belongs to.
 */
function isFlat(state: State, indent: number): boolean {
  const nearest = state.path.map((index) => state.links[index]!).findLast((link) => link.indent <= indent);
  return nearest?.indent === indent && !nearest.source.startsWith("errors[");
}

/** The message goes on: its lines are kept as they were, less the indentation of the whole nested error. */
function headerLine(link: OpenLink, line: string, indent: number): void {
  if (link.headerLines.length === 0) link.bracketed = line.startsWith("[");
  link.headerLines.push(" ".repeat(Math.max(0, indent - link.indent)) + line);
  if (link.bracketed && closesBrackets(line)) link.inHeader = false;
}

/** Leaves the exceptions and lists that a line at this indentation can no longer belong to; the outermost always stays. */
function leaveTo(state: State, indent: number): void {
  while (state.path.length > 1 && state.links[state.path.at(-1)!]!.indent >= indent) state.path.pop();
  while (state.lists.length > 0 && state.lists.at(-1)!.indent >= indent) state.lists.pop();
}

function closeLists(state: State, line: string, indent: number): void {
  if (line.startsWith("]") && state.lists.at(-1)?.indent === indent) state.lists.pop();
}

/** The next element of an `[errors]: [` list: a line at exactly the list's inner indentation. */
function openMember(state: State, line: string, indent: number): boolean {
  const list = state.lists.at(-1);
  if (!list || indent !== list.indent + 2 || state.links.length >= MAX_LINKS) return false;
  leaveTo(state, indent);
  openLink(state, list.owner, `errors[${list.members++}]`, indent, line);
  return true;
}

function openLink(state: State, parent: number, source: string, indent: number, first: string): void {
  // Firefox and Safari give no header: then the cause begins with its first frame.
  const frame = state.readFrame(first);
  const bracketed = !frame && first.startsWith("[");
  state.links.push({
    header: undefined,
    frames: frame ? [frame] : [],
    parent,
    source,
    indent,
    headerLines: frame ? [] : [first],
    bracketed,
    // What does not read like an error (a text, an object) has no message that goes on over lines.
    inHeader: bracketed ? !closesBrackets(first) : !frame && readHeader(first) !== undefined,
    lines: frame ? [first] : [],
    elided: undefined,
  });
  state.path.push(state.links.length - 1);
}

function finish(state: State, known: boolean): Chain {
  const { links } = state;
  for (const link of links) link.header = readHeader(link.headerLines.join("\n"));
  // From the innermost on: a cause must be whole before others can take frames from it.
  for (let i = links.length - 1; i >= 0; i--) if (links[i]!.elided && !restoreElided(links, i)) state.unexplained++;

  // A cause that is a text or an object is no exception; its line counts as not explained, so that the raw text is kept.
  const kept: ChainLink[] = [];
  const places: number[] = [];
  for (const [i, link] of links.entries()) {
    if (i > 0 && !link.header && link.frames.length === 0) {
      places.push(places[link.parent]!);
      state.unexplained++;
      continue;
    }
    if (i > 0 && !link.header && link.headerLines.length > 0) state.unexplained++;
    places.push(kept.length);
    kept.push({ header: link.header, frames: link.frames, parent: link.parent < 0 ? -1 : places[link.parent]!, source: link.source });
  }
  // A header that reads like no error may be a text of another layout.
  const root = links[0]!;
  if (!root.header && !known) state.unexplained += root.headerLines.filter((line) => line !== "").length;
  return { links: kept, frameCount: countFrames(kept), unexplained: state.unexplained };
}

/** Node prints `... 7 lines matching cause stack trace ...` in an error whose cause has the same frames: takes them from there. */
function restoreElided(links: OpenLink[], index: number): boolean {
  const link = links[index]!;
  const cause = links.find((other) => other.parent === index && other.source === "cause");
  const { at, count } = link.elided!;
  const before = link.lines[at - 1];
  if (!cause || before === undefined) return false;
  const start = cause.lines.findIndex((line, i) => line === before && (link.lines[at] === undefined || cause.lines[i + count + 1] === link.lines[at]));
  if (start < 0) return false;
  link.frames = [...link.frames.slice(0, at), ...cause.frames.slice(start + 1, start + 1 + count), ...link.frames.slice(at)];
  link.lines = [...link.lines.slice(0, at), ...cause.lines.slice(start + 1, start + 1 + count), ...link.lines.slice(at)];
  return true;
}
