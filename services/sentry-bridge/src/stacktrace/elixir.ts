import { type Chain, NOTHING } from "./chain.ts";
import { codeFrame, type Frame, MAX_FRAME_LINE_LENGTH } from "./frame.ts";
import type { Header } from "./header.ts";

const FRAME = /^\s{2,12}(?:\((\w{1,100})(?: [^()\s]{1,100})?\) )?((?:[A-Za-z]:)?[^:\s()][^:\n]{0,1000}):(\d{1,9}): (.+)$/;
/** Code without a line: built-in functions. */
const BARE = /^\s{2,12}\((\w{1,100})(?: [^()\s]{1,100})?\) ([\w.:"!?/@-]{1,500}\/\d{1,3})$/;
const HEADER = /^\s{0,4}\*\* \(([\w.]{1,250}|exit|throw|EXIT[^)\n]{0,100})\) ?([\s\S]*)$/;

/** What `Exception.format` and `Exception.format_stacktrace` print (hexdocs.pm/elixir/Exception). */
export function readElixir(text: string, message: string): Chain {
  if (!/:\d{1,9}: /.test(text)) return NOTHING;
  const frames: Frame[] = [];
  const headerLines: string[] = [];
  let unexplained = 0;
  for (const raw of text.split("\n")) {
    const line = raw.trimEnd();
    const frame = line.length <= MAX_FRAME_LINE_LENGTH ? readFrame(line) : undefined;
    if (frame) frames.push(frame);
    else if (frames.length === 0) headerLines.push(line);
    else if (line !== "") unexplained++;
  }
  if (frames.length === 0) return NOTHING;
  const headerText = headerLines.join("\n").trimEnd();
  const header = readHeader(headerText);
  if (!header && headerText.trim() !== message.trim()) unexplained += headerLines.filter((line) => line !== "").length;
  return { links: [{ header, frames, parent: -1, source: "" }], frameCount: frames.length, unexplained };
}

function readHeader(text: string): Header | undefined {
  const match = HEADER.exec(text);
  // Sentry's own SDK for Elixir names the module in full.
  return match ? { type: match[1]!, value: match[2]! } : undefined;
}

function readFrame(line: string): Frame | undefined {
  const match = FRAME.exec(line);
  if (match && /\/\d{1,3}|\(file\)|\(module\)|\)$/.test(match[4]!)) return elixirFrame(match[1] ?? "", match[2]!, Number(match[3]), match[4]!);
  const bare = BARE.exec(line);
  return bare ? elixirFrame(bare[1]!, "", undefined, bare[2]!) : undefined;
}

/** `Shop.Cart.add/2`, `anonymous fn/1 in Shop.Cart.add/2`, `:gen_server.call/3` -> module and function; the arity stays. */
function elixirFrame(application: string, path: string, line: number | undefined, call: string): Frame {
  const place = call.slice(call.lastIndexOf(" in ") < 0 ? 0 : call.lastIndexOf(" in ") + 4);
  const module = /^:?[\w.]{1,250}(?=\.(?:[a-z_"]))/.exec(place)?.[0];
  return codeFrame("elixir", {
    function: module !== undefined && call.startsWith(`${module}.`) ? call.slice(module.length + 1) : call,
    ...(module !== undefined && { module: module.replace(/^:/, "") }),
    path,
    ...(line !== undefined && { line }),
    owner: application,
  });
}
