/** What the bridge keeps of an OTLP request, whichever encoding it came in. Names follow opentelemetry-proto. */

/** An attribute value as plain data. Integers beyond 2^53 are decimal strings; bytes are base64 text. */
export type AttributeValue = string | number | boolean | null | AttributeValue[] | { [key: string]: AttributeValue };
export type Attributes = Map<string, AttributeValue>;

/** Ids are lower-case hex, "" when absent or all zero. Times are Unix nanoseconds, 0n when absent. */
export interface SpanEvent {
  timeUnixNano: bigint;
  name: string;
  attributes: Attributes;
}

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  startTimeUnixNano: bigint;
  endTimeUnixNano: bigint;
  name: string;
  /** As opentelemetry-proto's trace.proto numbers them; those that the bridge asks for are below. */
  kind: number;
  attributes: Attributes;
  events: SpanEvent[];
  /** 0 unset, 1 ok, 2 error (below). */
  statusCode: number;
  statusMessage: string;
}

export interface LogRecord {
  timeUnixNano: bigint;
  observedTimeUnixNano: bigint;
  severityNumber: number;
  body: AttributeValue;
  attributes: Attributes;
  traceId: string;
  spanId: string;
  eventName: string;
}

/** Spans and log records of one instrumentation scope of one resource. */
export interface Group {
  resource: Attributes;
  scopeName: string;
  spans: Span[];
  logs: LogRecord[];
}

/** A request that is not what its content type says. The message names what is wrong and where; answered with 400. */
export class MalformedError extends Error {
  override name = "MalformedError";
}

/** Values nested deeper than this are replaced by a note: no sender nests so, and a hostile one must not cost stack. */
export const MAX_VALUE_DEPTH = 16;
export const TOO_DEEP = "[nested too deep]";

/** Kinds of spans, and the status code of those that failed. */
export const SERVER = 2;
export const CLIENT = 3;
export const CONSUMER = 5;
export const ERROR = 2;

/** Whether a service was entered by this span. */
export function isEntry({ kind }: Pick<Span, "kind">): boolean {
  return kind === SERVER || kind === CONSUMER;
}

/** Name of the span event, and event name of the log record, that is an exception (semantic conventions). */
export const EXCEPTION = "exception";
/** Of the attributes that describe one. */
export const EXCEPTION_PREFIX = "exception.";

/** A hex id of so many digits in lower case; "" for the all-zero id and for anything else (both invalid by the specification). */
export function idText(hex: string, digits: 16 | 32): string {
  return hex.length !== digits || /^0+$|[^\da-f]/i.test(hex) ? "" : hex.toLowerCase();
}
