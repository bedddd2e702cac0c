import { type Chain, readChain } from "./chain.ts";
import type { FrameReader } from "./frame.ts";
import { readGeckoFrame } from "./gecko.ts";
import { readJscFrame } from "./jsc.ts";
import { readV8Frame } from "./v8.ts";

/** One reader per layout. A new language is one more file and one more line here. */
const LAYOUTS: Record<string, FrameReader> = { v8: readV8Frame, gecko: readGeckoFrame, jsc: readJscFrame };

export interface ParsedStack extends Chain {
  /** Name of the layout that explained the text best; "text" when none found a frame. */
  layout: string;
}

/**
 * Reads a stack text of any known layout. The text decides, not the language: the layout that explains every line wins, else the
 * one with the most frames, then the one with fewest lines left over. Linear in the text, never throws.
 */
export function parseStack(text: string, message = ""): ParsedStack {
  let best: ParsedStack = { layout: "text", links: [], frameCount: 0, unexplained: 0 };
  for (const [layout, readFrame] of Object.entries(LAYOUTS)) {
    const chain = readChain(text, readFrame, message);
    if (chain.frameCount > best.frameCount || (chain.frameCount === best.frameCount && chain.frameCount > 0 && chain.unexplained < best.unexplained)) {
      best = { layout, ...chain };
    }
    if (best.frameCount > 0 && best.unexplained === 0) break;
  }
  return best;
}
