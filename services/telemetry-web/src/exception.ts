import { maskText } from "./mask.ts";

/** A thrown value as the `exception.*` attributes show it (semantic conventions, "Exceptions in logs"). */
export interface Exception {
  type: string;
  message: string;
  /** The browser's raw stack text; undefined when the value has none. */
  stack: string | undefined;
}

const maxMessageLength = 1_024;
const maxCauses = 5;

/** Describes any thrown value; e-mail addresses, tokens and query values are masked. Never throws. */
export function describe(thrown: unknown): Exception {
  try {
    if (isErrorLike(thrown)) {
      const message = maskText(String(thrown.message).slice(0, maxMessageLength));
      return { type: String(thrown.name || "Error"), message, stack: stackText(thrown) };
    }
    return { type: typeName(thrown), message: maskText(plainText(thrown).slice(0, maxMessageLength)), stack: undefined };
  } catch {
    // A hostile getter or toString: say that much.
    return { type: "Error", message: "a thrown value that cannot be read", stack: undefined };
  }
}

/** Equal for errors that are the same to a person: digits are folded, of the stack only the throwing place counts. */
export function fingerprint(exception: Exception): string {
  const place = exception.stack?.split("\n").find((line) => /:\d+/.test(line)) ?? "";
  return `${exception.type}|${exception.message.replace(/\d+/g, "0")}|${place}`;
}

/** By shape, since an error of an iframe is not `instanceof` this window's Error. */
function isErrorLike(value: unknown): value is Error {
  return value instanceof Error || (typeof value === "object" && value !== null && "message" in value && ("stack" in value || "name" in value));
}

/** Causes follow as Node prints them, each with its name and message: `[cause]: Name: message` and the frames. */
function stackText(error: Error): string | undefined {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (isErrorLike(current) && !seen.has(current) && texts.length <= maxCauses) {
    seen.add(current);
    // The outermost error has its name and message in attributes of their own; its stack stays as the browser wrote it.
    const text = texts.length > 0 ? withHeader(current) : String(current.stack ?? "");
    if (text !== "") texts.push(text);
    current = current.cause;
  }
  if (current !== undefined && current !== null && !isErrorLike(current)) texts.push(plainText(current).slice(0, maxMessageLength));
  // No stack of its own and no cause: better none than a made-up one.
  return texts.length > 0 ? maskText(texts.join("\n[cause]: ")) : undefined;
}

/** Firefox and Safari write frames only; Chromium begins with the name that the error had when it was made. */
function withHeader(error: Error): string {
  const message = error.message ? `: ${error.message}` : "";
  const stack = String(error.stack ?? "");
  const end = message === "" ? stack.search(/\n|$/) : stack.indexOf(message);
  const rest = /^[\w$.]+$/.test(stack.slice(0, Math.max(end, 0))) ? stack.slice(end + message.length) : stack && `\n${stack}`;
  return `${error.name}${message}${rest}`;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? (Object.getPrototypeOf(value)?.constructor?.name ?? "Object") : typeof value;
}

function plainText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
