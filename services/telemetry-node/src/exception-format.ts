/** How a thrown value becomes `exception.type`, `exception.message` and `exception.stacktrace`. Never throws, whatever was thrown. */
import { inspect } from "node:util";

export interface ExceptionText {
  /** Class name of the error (never its `code`); the JavaScript type for values that are no objects. */
  type: string;
  message: string;
  /** The stack as Node prints it, causes and AggregateError members nested as in `util.inspect`; undefined when there is none. */
  stacktrace: string | undefined;
}

const MAX_MESSAGE = 8 * 1024;
const MAX_STACKTRACE = 64 * 1024;
const MAX_DEPTH = 8;
const MAX_MEMBERS = 10;

/** Files whose frames are left out. */
const OWN_FRAME = /^\s+at .*[\\/](telemetry-node[\\/]dist[\\/]start\.cjs|@opentelemetry[\\/](instrumentation|context-async-hooks))/;

/** Names that say no more than "an error"; a subclass that did not set `name` inherits them. */
const GENERIC = new Set(["Error", "error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError", "AggregateError", "Object"]);

export function formatException(thrown: unknown): ExceptionText {
  try {
    if (!isError(thrown)) return { type: typeName(thrown), message: cut(plainMessage(thrown), MAX_MESSAGE), stacktrace: undefined };
    return { type: typeName(thrown), message: cut(String(thrown.message), MAX_MESSAGE), stacktrace: cut(stackOf(thrown, 0, new Set()), MAX_STACKTRACE) };
  } catch {
    return { type: "Error", message: "(an exception that cannot be read)", stacktrace: undefined };
  }
}

/** Errors of other realms (vm, jest) are no `instanceof Error`. */
function isError(value: unknown): value is Error & { errors?: unknown } {
  return value instanceof Error || (typeof value === "object" && value !== null && typeof (value as Error).stack === "string" && "message" in value);
}

function typeName(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return thrown === null ? "null" : typeof thrown;
  const name = (thrown as Error).name;
  const own = (thrown as object).constructor?.name;
  if (typeof name === "string" && name !== "" && !GENERIC.has(name)) return name;
  // One or two letters are what a minifier leaves.
  if (typeof own === "string" && own.length > 2 && !GENERIC.has(own) && own !== "NodeError") return own;
  return (typeof name === "string" && name) || own || "Object";
}

function plainMessage(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  const message = (thrown as { message?: unknown } | null)?.message;
  return typeof message === "string" ? message : inspect(thrown, { depth: 1, breakLength: Infinity, maxStringLength: 1_000 });
}

function stackOf(error: Error & { errors?: unknown }, depth: number, seen: Set<unknown>): string {
  seen.add(error);
  const stack = typeof error.stack === "string" && error.stack !== "" ? withoutOwnFrames(error.stack) : `${error.name}: ${error.message}`;
  const nested: string[] = [];
  const print = (value: unknown): string => {
    if (seen.has(value)) return "[Circular]";
    if (depth >= MAX_DEPTH) return "[...]";
    return isError(value) ? stackOf(value, depth + 1, seen) : inspect(value, { depth: 1, maxStringLength: 1_000 });
  };
  if (Object.hasOwn(error, "cause") && error.cause !== undefined) nested.push(`[cause]: ${print(error.cause)}`);
  if (Array.isArray(error.errors)) {
    const members = error.errors.slice(0, MAX_MEMBERS).map((member) => indent(print(member)));
    const left = error.errors.length - members.length;
    nested.push(`[errors]: [\n${members.join(",\n")}${left > 0 ? `,\n  ... ${left} more` : ""}\n]`);
  }
  return nested.length === 0 ? stack : `${stack} {\n${nested.map(indent).join(",\n")}\n}`;
}

/** The wrappers of instrumentations, ours included, are no part of the application's story. */
function withoutOwnFrames(stack: string): string {
  return stack
    .split("\n")
    .filter((line) => !OWN_FRAME.test(line))
    .join("\n");
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}
