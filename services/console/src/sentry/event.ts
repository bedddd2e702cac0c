/** What is read of a Sentry event; the page uses it too, so nothing of Node is used here. Source: Sentry's developer docs, "Event Payloads". */

export type Frame = {
  function: string;
  /** Shortest name there is: filename, else module, else abs_path. */
  file: string;
  module: string | undefined;
  absPath: string | undefined;
  line: number | undefined;
  column: number | undefined;
  inApp: boolean;
  /** Source lines around and at `line`, when the sender had them. */
  before: string[];
  context: string | undefined;
  after: string[];
};

/** `frames` as Sentry stores them: the innermost call is last. */
export type EventException = { type: string; value: string; module: string | undefined; mechanism: string | undefined; handled: boolean | undefined; frames: Frame[] };

export type EventView = {
  id: string;
  /** ISO 8601, or undefined when the sender gave none that can be read. */
  time: string | undefined;
  level: string;
  platform: string | undefined;
  /** Root cause first, outermost last; empty for a message. */
  exceptions: EventException[];
  message: string | undefined;
  transaction: string | undefined;
  release: string | undefined;
  environment: string | undefined;
  server: string | undefined;
  traceId: string | undefined;
  spanId: string | undefined;
  sessionId: string | undefined;
  user: Record<string, string>;
  request: { method: string | undefined; url: string | undefined };
  tags: [string, string][];
  fingerprint: string[];
  breadcrumbs: { time: string | undefined; category: string; message: string; level: string }[];
};

type Json = Record<string, unknown>;

/** Reads any shape SDKs have sent over the years and never throws: what cannot be read is left out. */
export function readEvent(event: Json): EventView {
  const trace = object(object(event["contexts"])["trace"]);
  const request = object(event["request"]);
  const tags = readTags(event["tags"]);
  return {
    id: text(event["event_id"]) ?? "",
    time: readTime(event["timestamp"]),
    level: text(event["level"]) ?? "error",
    platform: text(event["platform"]),
    exceptions: values(event["exception"]).map(readException),
    message: readMessage(event),
    transaction: text(event["transaction"]),
    release: text(event["release"]),
    environment: text(event["environment"]),
    server: text(event["server_name"]),
    traceId: text(trace["trace_id"]),
    spanId: text(trace["span_id"]),
    sessionId: tags.find(([key]) => key === "session.id" || key === "session_id")?.[1] ?? text(object(trace["data"])["session.id"]),
    user: Object.fromEntries(Object.entries(object(event["user"])).flatMap(([key, value]) => (scalar(value) === undefined ? [] : [[key, scalar(value) ?? ""]]))),
    request: { method: text(request["method"]), url: text(request["url"]) },
    tags,
    fingerprint: list(event["fingerprint"]).flatMap((part) => scalar(part) ?? []),
    breadcrumbs: values(event["breadcrumbs"]).map((crumb) => ({
      time: readTime(crumb["timestamp"]),
      category: text(crumb["category"]) ?? text(crumb["type"]) ?? "",
      message: text(crumb["message"]) ?? "",
      level: text(crumb["level"]) ?? "info",
    })),
  };
}

/** `Type: value` of the outermost exception, or the message's first line. */
export function eventTitle(event: EventView): string {
  const last = event.exceptions.at(-1);
  if (!last) return firstLine(event.message ?? "") || "(no message)";
  return [last.type, firstLine(last.value)].filter(Boolean).join(": ") || "(no message)";
}

/** The call that a reader wants to see first: the innermost of the application's own, else the innermost. */
export function topFrame(event: EventView): Frame | undefined {
  const frames = event.exceptions.at(-1)?.frames ?? [];
  return frames.findLast((frame) => frame.inApp) ?? frames.at(-1);
}

/** `function (file:line)` of the top frame, else the transaction. */
export function culprit(event: EventView): string {
  const frame = topFrame(event);
  return frame ? `${frame.function} (${frameAt(frame)})` : (event.transaction ?? "");
}

export function frameAt(frame: Frame): string {
  return [frame.file, frame.line, frame.column].filter((part) => part !== undefined).join(":");
}

function readException(exception: Json): EventException {
  const mechanism = object(exception["mechanism"]);
  return {
    type: text(exception["type"]) ?? "",
    value: scalar(exception["value"]) ?? "",
    module: text(exception["module"]),
    mechanism: text(mechanism["type"]),
    handled: typeof mechanism["handled"] === "boolean" ? mechanism["handled"] : undefined,
    frames: list(object(exception["stacktrace"])["frames"]).map((frame) => readFrame(object(frame))),
  };
}

function readFrame(frame: Json): Frame {
  const module = text(frame["module"]);
  const absPath = text(frame["abs_path"]);
  return {
    function: text(frame["function"]) ?? "<anonymous>",
    file: text(frame["filename"]) ?? module ?? absPath ?? "<unknown>",
    module,
    absPath,
    line: number(frame["lineno"]),
    column: number(frame["colno"]),
    inApp: frame["in_app"] === true,
    before: list(frame["pre_context"]).map(String),
    context: typeof frame["context_line"] === "string" ? frame["context_line"] : undefined,
    after: list(frame["post_context"]).map(String),
  };
}

function readMessage(event: Json): string | undefined {
  const entry = object(event["logentry"] ?? event["sentry.interfaces.Message"]);
  const message = event["message"];
  return text(entry["formatted"]) ?? text(entry["message"]) ?? text(message) ?? text(object(message)["formatted"]) ?? text(object(message)["message"]);
}

/** An object or, from older SDKs, a list of pairs. */
function readTags(tags: unknown): [string, string][] {
  const pairs: unknown[] = Array.isArray(tags) ? tags : Object.entries(object(tags));
  return pairs.flatMap((pair) => {
    const [key, value] = Array.isArray(pair) ? (pair as unknown[]) : [object(pair)["key"], object(pair)["value"]];
    const read = scalar(value);
    return typeof key === "string" && read !== undefined ? [[key, read] as [string, string]] : [];
  });
}

function readTime(value: unknown): string | undefined {
  const ms = typeof value === "number" ? value * 1000 : typeof value === "string" ? Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value}Z`) : Number.NaN;
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
}

/** `{values: [...]}`, the older bare list, or one bare object. */
function values(value: unknown): Json[] {
  if (Array.isArray(value)) return value.map(object);
  const inner = object(value)["values"];
  if (Array.isArray(inner)) return inner.map(object);
  return Object.keys(object(value)).length > 0 && inner === undefined ? [object(value)] : [];
}

function firstLine(value: string): string {
  return value.split("\n", 1)[0]?.trim() ?? "";
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function scalar(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
