import { isInApp, type Language } from "./in-app.ts";

/** One frame as Sentry's event has it (develop.sentry.dev, stack trace interface). */
export interface Frame {
  function: string;
  filename: string;
  abs_path?: string;
  module?: string;
  lineno?: number;
  colno?: number;
  in_app: boolean;
  /** The source line itself, where the text has it. */
  context_line?: string;
}

/** Reads one line of a stack text, without its indentation. `undefined`: this is not a frame of this layout. */
export type FrameReader = (line: string) => Frame | undefined;

/** Longer lines are kept as text, not as frames: no runtime writes them, except for whole programs in `data:` URLs. */
export const MAX_FRAME_LINE_LENGTH = 16_384;
const MAX_PATH_LENGTH = 1024;
const MAX_NAME_LENGTH = 256;

/** Whether a part of the frame was as long as it may be: then the text says more than the frame does. */
export function isShortened(frame: Frame): boolean {
  const { function: name, module = "", filename, abs_path = "" } = frame;
  return name.length >= MAX_NAME_LENGTH || module.length >= MAX_NAME_LENGTH || filename.length >= MAX_PATH_LENGTH || abs_path.length >= MAX_PATH_LENGTH;
}

export interface Location {
  file: string;
  line?: number;
  column?: number;
}

/** Splits `file:line:column` or `file:line` from the end, as files may contain colons themselves. Linear. */
export function splitLocation(text: string): Location {
  const last = numberAtEnd(text, text.length);
  if (!last) return { file: text };
  const before = numberAtEnd(text, last.start);
  if (!before) return { file: text.slice(0, last.start), line: last.value };
  return { file: text.slice(0, before.start), line: before.value, column: last.value };
}

/** The `:123` that ends at `end`, and where its colon stands. */
function numberAtEnd(text: string, end: number): { value: number; start: number } | undefined {
  let at = end;
  while (at > 0 && end - at < 10 && isDigit(text.charCodeAt(at - 1))) at--;
  if (at === end || at < 2 || text[at - 1] !== ":") return undefined;
  return { value: Number(text.slice(at, end)), start: at - 1 };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** What a text of another language than JavaScript says about a frame; "" and undefined where it says nothing. */
export interface FrameParts {
  function: string;
  module?: string;
  /** As the text has it. */
  path?: string;
  /** Shown and grouped by instead of the path, where the path says more than that. */
  filename?: string;
  line?: number;
  column?: number;
  context?: string;
  /** What the language's rule is matched against, if not the module. */
  owner?: string;
}

export function codeFrame(language: Language, parts: FrameParts): Frame {
  const path = (parts.path ?? "").slice(0, MAX_PATH_LENGTH);
  const filename = (parts.filename ?? path).slice(0, MAX_PATH_LENGTH);
  const frame: Frame = {
    function: parts.function.slice(0, MAX_NAME_LENGTH) || "<unknown>",
    filename: filename === "" ? "<unknown>" : filename,
    in_app: isInApp(language, (parts.owner ?? parts.module ?? "").slice(0, MAX_PATH_LENGTH), path),
  };
  if (path !== "" && /[\\/]/.test(path)) frame.abs_path = path;
  if (parts.module) frame.module = parts.module.slice(0, MAX_NAME_LENGTH);
  if (parts.line !== undefined) frame.lineno = parts.line;
  if (parts.column !== undefined) frame.colno = parts.column;
  if (parts.context) frame.context_line = parts.context.slice(0, MAX_NAME_LENGTH);
  return frame;
}

/** Builds the frame of a JavaScript engine: `file://` becomes a path, a URL keeps its address in abs_path and its path as filename. */
export function makeFrame(name: string, location: Location): Frame {
  const file = location.file.slice(0, MAX_PATH_LENGTH);
  const frame: Frame = { function: name === "" ? "<anonymous>" : name.slice(0, MAX_NAME_LENGTH), filename: file === "" ? "<anonymous>" : file, in_app: !isRuntime(file) && isInApp("javascript", "", file) };
  if (location.line !== undefined) frame.lineno = location.line;
  if (location.column !== undefined) frame.colno = location.column;
  if (isRuntime(file)) return frame;
  if (file.startsWith("data:")) return { ...frame, filename: file.slice(0, 64), abs_path: file };

  const path = file.startsWith("file://") ? filePath(file) : file;
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(path)) return { ...frame, ...urlNames(path) };
  frame.abs_path = path;
  frame.filename = path;
  frame.module = moduleOf(path);
  return frame;
}

/** Frames of Node, Deno or Bun itself and of native code: they have no file that belongs to anybody. */
function isRuntime(file: string): boolean {
  return file === "" || file === "<anonymous>" || file === "native" || file === "unknown" || file === "[native code]" || /^(?:node|internal|native|index |wasm:|ext:)/.test(file);
}

function filePath(url: string): string {
  const path = url.slice("file://".length).replace(/[?#].*$/, "");
  const decoded = safely(() => decodeURIComponent(path)) ?? path;
  return /^\/[A-Za-z]:[\\/]/.test(decoded) ? decoded.slice(1) : decoded;
}

/** Query and fragment go: they hold cache busters and now and then secrets, and source maps are found without them. */
function urlNames(address: string): { abs_path: string; filename: string } {
  const url = address.replace(/[?#].*$/, "");
  const path = url.replace(/^[a-z][a-z\d+.-]+:\/\/[^/]*/i, "");
  return { abs_path: url, filename: path === "" || path === "/" ? url : path };
}

function safely<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

const ROOTS = new Set(["app", "build", "dist", "lib", "server", "src"]);

/**
 * A name that stays the same wherever the application is installed, since Sentry groups by it: `express.lib:router` for a
 * dependency, `src.routes:run` for a file below a usual source folder, else the file's name alone.
 */
function moduleOf(path: string): string {
  const parts = path.split(/[\\/]/);
  const file = (parts.pop() ?? "").replace(/\.[cm]?[jt]sx?$/, "");
  const dependency = parts.lastIndexOf("node_modules");
  const start = dependency >= 0 ? dependency + 1 : parts.findLastIndex((part) => ROOTS.has(part));
  const folders = start < 0 ? [] : parts.slice(start);
  return folders.length === 0 ? file : `${folders.join(".")}:${file}`;
}
