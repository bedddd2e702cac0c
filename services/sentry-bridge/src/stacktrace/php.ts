import { type Chain, type ChainLink, countFrames, MAX_LINKS, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";

const CALL = /^#(\d{1,6}) (?:(\[internal function\])|(.{1,4000})\((\d{1,9})\)): (.+)$/;
const MAIN = /^#\d{1,6} \{main\}$/;
const HEADER = /^(?:(?:PHP )?Fatal error: {1,2}Uncaught |Next )?([\p{L}_\\][\p{L}\p{N}_\\@]{0,250})(?:: ([\s\S]*))? in ((?:\/|[A-Za-z]:|phar:|\[)[^\n]{0,4000}|[^\s]{1,1000}):(\d{1,9})$/u;

interface Place {
  path: string;
  line?: number;
}

interface Part {
  headerLines: string[];
  calls: { name: string; at: Place }[];
}

/**
 * What PHP prints for a Throwable and as `getTraceAsString` (php.net, Exception::__toString): the innermost exception first, and in each
 * line where a function was called, not where it was.
 */
export function readPhp(text: string): Chain {
  if (!text.includes("#0 ")) return NOTHING;
  const parts: Part[] = [{ headerLines: [], calls: [] }];
  let unexplained = 0;
  let inTrace = false;
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const part = parts.at(-1)!;
    const call = line.startsWith("#") && line.length <= MAX_FRAME_LINE_LENGTH && (inTrace || part.headerLines.length === 0) ? CALL.exec(line) : null;
    if (call && (inTrace || call[1] === "0")) {
      inTrace = true;
      part.calls.push({ name: functionName(call[5]!), at: call[2] === undefined ? { path: call[3]!, line: Number(call[4]) } : { path: call[2] } });
    } else if (inTrace && MAIN.test(line)) continue;
    else if (line === "Stack trace:" && !inTrace) inTrace = true;
    else if (inTrace && line.startsWith("Next ")) {
      parts.push({ headerLines: [line], calls: [] });
      inTrace = false;
    } else if (!inTrace) part.headerLines.push(line);
    else if (line !== "" && !/^ {2}thrown in /.test(line)) unexplained++;
  }
  const links: ChainLink[] = [];
  for (const part of parts.toReversed().slice(0, MAX_LINKS)) {
    const link = toLink(part, links.length);
    if (!link.header) unexplained += part.headerLines.filter((line) => line !== "").length;
    links.push(link);
  }
  return { links, frameCount: countFrames(links), unexplained: unexplained + Math.max(0, parts.length - MAX_LINKS) };
}

function toLink({ headerLines, calls }: Part, index: number): ChainLink {
  const text = headerLines.join("\n").trim();
  const header = text.length <= 1_000_000 ? HEADER.exec(text) : null;
  const link = { parent: index - 1, source: index === 0 ? "" : "previous" };
  const places: Place[] = [...(header ? [{ path: header[3]!, line: Number(header[4]) }] : []), ...calls.map(({ at }) => at)];
  // Each function failed, or called on, at the place that the line above names; the last place is the script's own.
  const names = [...(header ? calls.map(({ name }) => name) : calls.slice(1).map(({ name }) => name)), "{main}"];
  const frames = places.map((place, i) => phpFrame(names[i]!, place));
  // A trace alone does not say where its innermost function failed.
  if (!header && calls.length > 0) frames.unshift(phpFrame(calls[0]!.name, { path: "" }));
  // Sentry's own SDK for PHP names the class with its namespace, so it is one name here, too.
  return { header: header ? { type: header[1]!, value: header[2] ?? "" } : undefined, frames, ...link };
}

/** `Shop\Cart->add(Array, 'x')` without its arguments; a closure of PHP 8.4 names its place in brackets of its own. */
function functionName(call: string): string {
  const closure = /^.{0,250}?\{closure:.{1,500}?\}/.exec(call)?.[0];
  if (closure !== undefined) return closure;
  const open = call.indexOf("(");
  return open < 0 ? call : call.slice(0, open);
}

function phpFrame(name: string, { path, line }: Place): Frame {
  const member = /^([^-:{]{1,400})(?:->|::)(.+)$/.exec(name);
  const dependency = /^.*[\\/]vendor[\\/](.+)$/.exec(path)?.[1];
  return codeFrame("php", {
    function: member ? member[2]! : name,
    ...(member && { module: member[1]! }),
    path,
    ...(dependency !== undefined && { filename: dependency }),
    ...(line !== undefined && { line }),
  });
}
