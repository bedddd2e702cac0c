import { type Chain, type Layout, NOTHING, readChain } from "./chain.ts";
import { readDotnet } from "./dotnet.ts";
import { readElixir } from "./elixir.ts";
import { isShortened } from "./frame.ts";
import { readGeckoFrame } from "./gecko.ts";
import { readGo } from "./go.ts";
import { readJava } from "./java.ts";
import { readJscFrame } from "./jsc.ts";
import { readPhp } from "./php.ts";
import { readPython } from "./python.ts";
import { readRuby } from "./ruby.ts";
import { readRust } from "./rust.ts";
import { readV8Frame } from "./v8.ts";

/** One reader per layout. A new language is one more file and one more line here. */
export const LAYOUTS: ReadonlyMap<string, Layout> = new Map<string, Layout>([
  ["v8", (text, message) => readChain(text, readV8Frame, message)],
  ["gecko", (text, message) => readChain(text, readGeckoFrame, message)],
  ["jsc", (text, message) => readChain(text, readJscFrame, message)],
  ["python", readPython],
  ["java", readJava],
  ["go", readGo],
  ["rust", readRust],
  ["ruby", readRuby],
  ["php", readPhp],
  ["dotnet", readDotnet],
  ["elixir", readElixir],
]);

/** Values of `telemetry.sdk.language` whose layout is named otherwise, or is one of several. */
const FIRST_TRY: ReadonlyMap<string, string> = new Map([
  ["nodejs", "v8"],
  ["webjs", "v8"],
  ["erlang", "elixir"],
]);

/** Longer texts are read from both ends: what is beyond the 250 frames that Sentry keeps would be work and memory for nothing. */
const MAX_TEXT_LENGTH = 512 * 1024;

export interface ParsedStack extends Chain {
  /** Name of the layout that explained the text best; "text" when none found a frame. */
  layout: string;
}

/**
 * Reads a stack text of any known layout. The text decides: the layout that leaves the fewest lines unexplained wins, then the one with
 * the most frames. Linear in the text, never throws.
 * @param language `telemetry.sdk.language`; only orders the tries, and a layout that explains every line ends them
 */
export function parseStack(text: string, message = "", language = ""): ParsedStack {
  let best: ParsedStack = { layout: "text", ...NOTHING };
  if (text.trim() === "") return best;
  const { read, leftOut } = bounded(text);
  const plain = withoutTerminal(read);
  const plainMessage = withoutTerminal(message);
  for (const layout of inOrder(language)) {
    const chain = LAYOUTS.get(layout)!(plain, plainMessage);
    if (chain.frameCount === 0) continue;
    const less = chain.unexplained - best.unexplained;
    if (best.frameCount === 0 || less < 0 || (less === 0 && chain.frameCount > best.frameCount)) best = { layout, ...chain };
    if (best.unexplained === 0) break;
  }
  const shortened = best.links.reduce((sum, { frames }) => sum + frames.filter(isShortened).length, 0);
  return { ...best, unexplained: best.unexplained + shortened + leftOut };
}

/** Colours (Python 3.13, `util.inspect`, Elixir) and the line ends of Windows are no part of what the text says. */
function withoutTerminal(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/\u001B\[[\d;]{0,32}[mK]|\r(?=\n|$)/g, "");
}

/** Whole lines of the beginning, where most languages print the class and the innermost calls, and of the end, where Python does. */
function bounded(text: string): { read: string; leftOut: 0 | 1 } {
  if (text.length <= MAX_TEXT_LENGTH) return { read: text, leftOut: 0 };
  const half = MAX_TEXT_LENGTH / 2;
  const head = text.slice(0, half);
  const tail = text.slice(-half);
  return { read: head.slice(0, head.lastIndexOf("\n") + 1 || half) + tail.slice(tail.indexOf("\n") + 1), leftOut: 1 };
}

function inOrder(language: string): Iterable<string> {
  const first = FIRST_TRY.get(language) ?? language;
  return LAYOUTS.has(first) ? new Set([first, ...LAYOUTS.keys()]) : LAYOUTS.keys();
}
