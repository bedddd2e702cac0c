import { hash } from "node:crypto";
import { parseStack, type ParsedStack } from "../stacktrace/parse.ts";
import type { ChainLink } from "../stacktrace/chain.ts";
import type { Frame } from "../stacktrace/frame.ts";
import { type Header, looksLikeErrorName } from "../stacktrace/header.ts";
import type { RecordedException } from "./collect.ts";

/** A recorded exception with its text read, and what makes it one and the same exception wherever else it was recorded. */
export interface ReadException {
  recorded: RecordedException;
  stack: ParsedStack;
  type: string;
  value: string;
  /** Same for the same exception seen on other spans, in a log record, or in a retried request. Never holds data of users. */
  key: string;
  /** The keys of its causes: what each has when it is recorded by itself. */
  causes: string[];
}

const PANIC_MACHINERY = /^(?:panic$|rust_begin_unwind$|__rust|<?(?:std|core|alloc)::)/;

/** Of a text without frames so much tells it from others: this is done for every cause. */
const MAX_PLACE_LENGTH = 16_384;

/** Deeper causes are not looked for among the other records. */
const MAX_CAUSES = 20;

/** Stands for an exception whose text has no frames. */
const NO_LINK: ChainLink = { header: undefined, frames: [], parent: -1, source: "" };

/** `ValidationError`, `HttpProblem`; not `E_CONN` or `ENOENT`, which OpenTelemetry JS writes in the place of the class. */
const CLASS_NAME = /^[A-Z][\w$.]*[a-z][\w$.]*$/;

/** Parses the stack and settles class and message: the text's first line knows the class, where the attribute may hold an error code. */
export function readException(recorded: RecordedException): ReadException {
  const stack = parseStack(recorded.stacktrace, recorded.message, String(recorded.resource.get("telemetry.sdk.language") ?? ""));
  const header = stack.links[0]?.header;
  const trusted = header && knowsClass(header, recorded);
  const inText = trusted ? header.type : recorded.type;
  const value = trusted ? header.value || recorded.message : recorded.message;
  // A subclass that did not set `name` prints as plain "Error"; the sender may know better.
  const type = inText === "Error" && CLASS_NAME.test(recorded.type) ? recorded.type : inText;
  const keyOf = (name: string, message: string, frames: readonly Frame[]): string => digest([where(recorded), name, message, placeOf(recorded, stack.layout, frames)]);
  const causes = stack.links.slice(1, MAX_CAUSES + 1).map((link) => keyOf(link.header?.type ?? "", link.header?.value ?? "", link.frames));
  const own = { recorded, stack, type, value, key: keyOf(inText, value, stack.links[0]?.frames ?? []), causes };
  return recorded.wrapped ? withCause(own, readException(recorded.wrapped)) : own;
}

/** Both as one chain. */
function withCause(exception: ReadException, cause: ReadException): ReadException {
  const [outer, inner] = [exception, cause].map(({ stack }) => (stack.links.length > 0 ? stack.links : [NO_LINK]));
  const links = [
    ...outer!,
    ...inner!.map((link, i) => (i === 0 ? { ...link, header: { type: cause.type, value: cause.value }, parent: 0, source: "cause" } : { ...link, parent: link.parent + outer!.length })),
  ];
  const stack = { ...exception.stack, links, frameCount: exception.stack.frameCount + cause.stack.frameCount, unexplained: exception.stack.unexplained + cause.stack.unexplained };
  return { ...exception, stack, causes: [...exception.causes, cause.key, ...cause.causes] };
}

/** `panic` is no class: Go and Rust print it in front of a message whose type only the sender knows. */
function knowsClass(header: Header, recorded: RecordedException): boolean {
  if (header.type === "panic" && recorded.type !== "") return false;
  if (looksLikeErrorName(header.type) || header.type === recorded.type) return true;
  return dotted([header.module, header.type].join(".")) === dotted(recorded.type) || (header.value === recorded.message && recorded.message !== "") || recorded.type === "";
}

/** Languages and SDKs differ in what stands between package, class and inner class. */
function dotted(name: string): string {
  return name.replace(/::|[\\$]/g, ".").replace(/^\./, "");
}

/**
 * Of the frames only the one that threw counts: a span further out sees more callers (Python), and text and attribute may differ in
 * causes and in spacing. Go's stacks tell where an error was recorded, not where it was made, except for a panic.
 */
function placeOf(recorded: RecordedException, layout: string, frames: readonly Frame[]): string {
  if (layout === "go" && !frames.some(isPanic)) return "";
  const frame = frames.find((one) => !isPanic(one)) ?? frames[0];
  if (!frame) return recorded.stacktrace.slice(0, MAX_PLACE_LENGTH).replace(/[^\S\n]+/g, " ").trim();
  return [frame.function, frame.abs_path ?? frame.filename, frame.lineno ?? "", frame.colno ?? ""].join("|");
}

/** A frame that every panic of Go or Rust goes through. */
function isPanic({ module, function: name }: Frame): boolean {
  return module === "runtime" || PANIC_MACHINERY.test(name);
}

/** Within a trace the same text is the same exception; without one only the same process at the same nanosecond is. */
function where(recorded: RecordedException): string {
  if (recorded.traceId !== "") return recorded.traceId;
  const { resource } = recorded;
  return [resource.get("service.name"), resource.get("service.instance.id"), recorded.timeUnixNano].join("|");
}

const MINUTE_NANOS = 60_000_000_000n;

/**
 * 32 hex digits, derived from the content alone, so that Sentry counts a repeated delivery once, also after a restart. The minute
 * keeps a repeat in a trace that lives for hours apart.
 * @param repeat n for the n-th repeat on the same span
 */
export function eventId(project: string, exception: ReadException, repeat = 0): string {
  return digest([project, exception.key, repeat, exception.recorded.timeUnixNano / MINUTE_NANOS]);
}

/** Parts are length-prefixed: no two lists of parts give the same bytes. */
function digest(parts: unknown[]): string {
  const texts = parts.map(String);
  return hash("sha256", texts.map((text) => `${text.length}:${text}`).join("")).slice(0, 32);
}
