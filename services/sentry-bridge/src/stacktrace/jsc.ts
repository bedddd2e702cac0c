import { type Frame, makeFrame, MAX_FRAME_LINE_LENGTH, splitLocation } from "./frame.ts";
import { isAddress } from "./gecko.ts";

const NATIVE = "[native code]";

/**
 * A frame as Safari (JavaScriptCore) writes it: `fn@url:line:col`, `global code@url:line:col`, `fn@[native code]`,
 * `[native code]`, and a bare `url:line:col` for a function without name.
 */
export function readJscFrame(line: string): Frame | undefined {
  if (line.length > MAX_FRAME_LINE_LENGTH || line.includes(" > eval")) return undefined;
  const at = bareAddress(line) ? -1 : line.indexOf("@");
  const name = at < 0 ? "" : line.slice(0, at);
  if (name.includes("*") || name.includes(": ")) return undefined;
  const where = line.slice(at + 1);
  if (where === NATIVE) return makeFrame(name, { file: NATIVE });
  const location = splitLocation(where);
  if (location.line === undefined || !isAddress(location.file)) return undefined;
  if (at < 0 && !bareAddress(where)) return undefined;
  return makeFrame(name.startsWith("async ") ? name.slice("async ".length) : name, location);
}

/** A line that is only an address: `https://cdn.example/react@18/x.js:1:2` has no function, though it has an @. */
function bareAddress(line: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\/[^\s]+$/i.test(line);
}
