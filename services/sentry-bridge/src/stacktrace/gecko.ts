import { type Frame, type Location, makeFrame, MAX_FRAME_LINE_LENGTH, splitLocation } from "./frame.ts";

/**
 * A frame as Firefox writes it: `fn@url:line:col`, `@url:line:col`, `async*fn@url:line:col`, `setTimeout handler*fn@...`,
 * `fn@url line 12 > eval:3:4` (code made by eval at line 12 of url).
 */
export function readGeckoFrame(line: string): Frame | undefined {
  const at = line.indexOf("@");
  if (at < 0 || line.length > MAX_FRAME_LINE_LENGTH) return undefined;
  const location = geckoLocation(line.slice(at + 1));
  if (location.line === undefined || !isAddress(location.file)) return undefined;
  const name = line.slice(0, at);
  if (name.includes(": ")) return undefined;
  return makeFrame(name.slice(name.lastIndexOf("*") + 1), location);
}

function geckoLocation(text: string): Location {
  const at = text.indexOf(" line ");
  const origin = at < 0 ? null : /^ line (\d{1,9}) > /.exec(text.slice(at, at + 24));
  return origin ? { file: text.slice(0, at), line: Number(origin[1]) } : splitLocation(text);
}

/** A URL, a path, or the console. Keeps "mail me@example.com:25" in a message from being taken for a frame. */
export function isAddress(file: string): boolean {
  return /^(?:[a-z][a-z\d+.-]*:|\/|debugger eval code)/i.test(file);
}
