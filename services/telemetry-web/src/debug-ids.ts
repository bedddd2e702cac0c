import { maskText } from "./mask.ts";

/**
 * What bundler plugins and `sentry-cli sourcemaps inject` leave on a page: the stack text of a line in a file -> the debug id that
 * the file shares with its source map (ECMA-426, debug ids).
 */
declare global {
  // A global of scripts is a var.
  var _sentryDebugIds: Record<string, string> | undefined;
}

const maxFiles = 20;
/** The address in front of `:line:column`, without a function's name before it and without its query. */
const place = /([a-z][\w+.-]*:\/\/[^\s()?#]+)(?:[?#][^\s()]*)?:\d+:\d+/i;

/** `<debug id> <file>` for files that the stack names; undefined when there is none. Addresses are masked as in the stack. Never throws. */
export function debugIds(stack = ""): string[] | undefined {
  const found: string[] = [];
  try {
    for (const [text, id] of Object.entries(globalThis._sentryDebugIds ?? {})) {
      const file = maskText(place.exec(text)?.[1] ?? "");
      if (file && found.length < maxFiles && (stack.includes(`${file}:`) || stack.includes(`${file}?`))) found.push(`${String(id).slice(0, 36)} ${file}`);
    }
  } catch {
    // A table that is not one: the stack stays as it is.
  }
  return found.length > 0 ? found : undefined;
}
