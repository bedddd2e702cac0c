import { type Chain, type ChainLink, countFrames, knownHeaderEnd, MAX_LINKS, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";
import { type Header, qualifiedHeader } from "./header.ts";

/** One exception with what it refers to; Python prints causes before their effect, so the tree is turned over at the end. */
interface Node {
  headerLines: string[];
  /** Oldest call first, as Python prints them. */
  frames: Frame[];
  before: { node: Node; source: string } | undefined;
  members: Node[];
}

/** One chain of exceptions: the text's own, or that of one member of an exception group. */
interface Level {
  depth: number;
  nodes: Node[];
  /** Which of the group's members this is; undefined for the text's own. */
  owner: Node | undefined;
  source: string;
  state: "start" | "frames" | "header";
}

const TRACEBACK = /^(?:Exception Group )?Traceback \(most recent call last\):$/;
const DIRECT = "The above exception was the direct cause of the following exception:";
const DURING = "During handling of the above exception, another exception occurred:";
const FRAME = /^ {2}File "(.*)", line (\d{1,9})(?:, in (.*))?$/;
const NAME = /^([\p{L}_][\p{L}\p{N}_.<>]{0,250})(?:: ?([\s\S]*))?$/u;
/** Frames that "[Previous line repeated n more times]" may stand for, in the whole text: more is never sent. */
const MAX_REPEATED = 1000;
const MAX_SOURCE_LENGTH = 256;

interface State {
  levels: Level[];
  links: number;
  repeatsLeft: number;
  unexplained: number;
}

/** What Python's `traceback` prints: chains, exception groups, folded repeats, source lines (docs.python.org/3/library/traceback). */
export function readPython(text: string, message: string): Chain {
  if (!text.includes("Traceback (most recent call last)") && !text.includes('  File "')) return NOTHING;
  const state: State = { levels: [{ depth: 0, nodes: [], owner: undefined, source: "", state: "start" }], links: 0, repeatsLeft: MAX_REPEATED, unexplained: 0 };
  // The recorded message is that of the last exception: what it says is not read as lines of the layout.
  const tail = message.includes("\n") ? knownTail(text, message) : undefined;
  for (const raw of (tail ? text.slice(0, tail) : text).split("\n")) readLine(state, raw.trimEnd());
  const root = state.levels[0]!.nodes.at(-1);
  if (!root) return NOTHING;
  if (tail) root.headerLines.push(text.slice(tail).trimEnd());
  return flatten(root, state);
}

/** Where `Class: message` begins, when the text ends with it. */
function knownTail(text: string, message: string): number | undefined {
  const body = text.trimEnd();
  if (!body.endsWith(message.trimEnd())) return undefined;
  const start = body.lastIndexOf("\n", body.length - message.trimEnd().length - 1) + 1;
  return knownHeaderEnd(body.slice(start), message.trimEnd()) > 0 ? start : undefined;
}

function readLine(state: State, raw: string): void {
  const { depth, line } = undrawn(raw);
  const member = /^(?:\+-)?\+-{16} (\d{1,9}|\.\.\.) -{16}$/.exec(line);
  if (member) return openMember(state, line.startsWith("+-+") ? depth + 1 : depth, member[1]!);
  if (/^\+-{36}$/.test(line)) return leaveTo(state, depth - 1);
  if (depth > 0) leaveTo(state, depth);
  else if (state.levels.length > 1) leaveTo(state, 0);
  readContent(state, state.levels.at(-1)!, line, depth > 0);
}

/** Takes the drawing of groups off: `    | text` is depth 2, the lines of the group itself are depth 1, text without drawing 0. */
function undrawn(raw: string): { depth: number; line: string } {
  const indent = raw.length - raw.trimStart().length;
  const mark = raw[indent];
  if (indent === 0 || indent % 2 !== 0 || (mark !== "|" && mark !== "+")) return { depth: 0, line: raw };
  const rest = raw.slice(indent);
  if (mark === "|") return { depth: indent / 2, line: rest.slice(2) };
  return { depth: indent / 2, line: rest.startsWith("+ Exception Group") ? rest.slice(2) : rest };
}

function leaveTo(state: State, depth: number): void {
  while (state.levels.length > 1 && state.levels.at(-1)!.depth > depth) state.levels.pop();
}

function openMember(state: State, depth: number, number: string): void {
  leaveTo(state, depth - 1);
  const owner = state.levels.at(-1)!.nodes.at(-1);
  if (!owner) state.unexplained++;
  else state.levels.push({ depth, nodes: [], owner: number === "..." ? undefined : owner, source: "", state: "start" });
}

function readContent(state: State, level: Level, line: string, drawn: boolean): void {
  const node = level.nodes.at(-1);
  if (level.depth > 0 && !level.owner) {
    // `and 5 more exceptions`
    state.unexplained++;
    return;
  }
  if (line === DIRECT || line === DURING) {
    level.source = line === DIRECT ? "__cause__" : "__context__";
    level.state = "start";
  } else if (level.state === "start") {
    if (line === "") return;
    if (TRACEBACK.test(line)) openNode(state, level, "frames");
    // A group that was never raised itself, as `except*` makes one, has no traceback.
    else if (level.source !== "" || drawn) headerLine(openNode(state, level, "header"), line);
    else if (FRAME.test(line)) readFrameLine(state, openNode(state, level, "frames"), line);
    else state.unexplained++;
  } else if (level.state === "header") headerLine(node!, line);
  else if (!readFrameLine(state, node!, line)) {
    level.state = "header";
    headerLine(node!, line);
  }
}

function openNode(state: State, level: Level, next: Level["state"]): Node {
  const previous = level.nodes.at(-1);
  const node: Node = { headerLines: [], frames: [], before: undefined, members: [] };
  level.state = next;
  if (state.links++ >= MAX_LINKS) {
    state.unexplained++;
    level.state = "start";
    return node;
  }
  if (previous) node.before = { node: previous, source: level.source || "__context__" };
  if (level.owner) {
    if (previous) level.owner.members[level.owner.members.length - 1] = node;
    else level.owner.members.push(node);
  }
  level.nodes.push(node);
  return node;
}

function headerLine(node: Node, line: string): void {
  node.headerLines.push(line);
}

/** `false`: the frames are over. */
function readFrameLine(state: State, node: Node, line: string): boolean {
  if (line.length > MAX_FRAME_LINE_LENGTH) return false;
  const frame = FRAME.exec(line);
  if (frame) {
    node.frames.push(pythonFrame(frame[1]!, Number(frame[2]), frame[3] ?? "<module>"));
    return true;
  }
  const last = node.frames.at(-1);
  const repeated = /^ {2}\[Previous line repeated (\d{1,9}) more times?\]$/.exec(line);
  if (repeated && last) {
    const count = Math.min(Number(repeated[1]), state.repeatsLeft);
    state.repeatsLeft -= count;
    for (let i = 0; i < count; i++) node.frames.push(last);
    return true;
  }
  if (!line.startsWith("    ") || !last) return line === "";
  if (/^[\s~^]+$/.test(line)) return true;
  // The source. Of a statement over several lines, or a very long one, the frame holds the beginning.
  if (last.context_line !== undefined || line.length > 4 + MAX_SOURCE_LENGTH) state.unexplained++;
  last.context_line ??= line.slice(4, 4 + MAX_SOURCE_LENGTH);
  return true;
}

function pythonFrame(path: string, line: number, name: string): Frame {
  const library = /^.*[\\/](?:site-packages|dist-packages|lib[\\/]python[\d.]+)[\\/](.+)$/.exec(path)?.[1];
  const root = /^.*[\\/](?:app|src|lib)[\\/](.+)$/.exec(path)?.[1];
  const file = library ?? root ?? path.split(/[\\/]/).at(-1)!;
  const module = file.startsWith("<") ? "" : file.replace(/\.pyc?$/, "").replace(/[\\/]__init__$/, "").replace(/[\\/]/g, ".");
  return codeFrame("python", { function: name, module, path, line, ...(library !== undefined && { filename: library }) });
}

function pythonHeader(lines: string[]): Header | undefined {
  const match = NAME.exec(lines.join("\n").trimEnd());
  return match ? qualifiedHeader(match[1]!, match[2] ?? "") : undefined;
}

/** Outermost first; each exception is followed by its cause and then by its members. */
function flatten(root: Node, state: State): Chain {
  const links: ChainLink[] = [];
  const pending: { node: Node; parent: number; source: string }[] = [{ node: root, parent: -1, source: "" }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, parent, source } = next;
    const id = links.length;
    const header = pythonHeader(node.headerLines);
    if (!header && node.headerLines.some((line) => line !== "")) state.unexplained += node.headerLines.length;
    links.push({ header, frames: node.frames.toReversed(), parent, source });
    for (const [i, member] of [...node.members.entries()].toReversed()) pending.push({ node: member, parent: id, source: `exceptions[${i}]` });
    if (node.before) pending.push({ node: node.before.node, parent: id, source: node.before.source });
  }
  return { links, frameCount: countFrames(links), unexplained: state.unexplained };
}
