/**
 * One exception is sent once. Exceptions leave as log records; span events that instrumentations record for the same error
 * would be second copies.
 */
import { SpanKind, type Exception, type Span } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor, TimedEvent } from "@opentelemetry/sdk-trace";

const errorOfEvent = new WeakMap<TimedEvent, object>();
const spanOfError = new WeakMap<object, Span>();
const sentAsLog = new WeakSet<object>();

/** Tells that this error has left as a log record. Returns false when it already had. */
export function markSentAsLog(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return true;
  if (sentAsLog.has(error)) return false;
  sentAsLog.add(error);
  return true;
}

/** The span on which this error was recorded first, by an instrumentation or by the application. */
export function spanThatRecorded(error: unknown): Span | undefined {
  return typeof error === "object" && error !== null ? spanOfError.get(error) : undefined;
}

/** Remembers which error each `exception` event came from; the SDK keeps only its texts. */
export function createExceptionTracker(): SpanProcessor {
  let patched = false;
  return {
    onStart(span) {
      if (patched) return;
      patched = true;
      const prototype = Object.getPrototypeOf(span) as { recordException?: (this: Span & { events?: TimedEvent[] }, exception: Exception, ...rest: unknown[]) => void };
      const original = prototype.recordException;
      if (typeof original !== "function") return;
      prototype.recordException = function recordException(exception, ...rest) {
        original.call(this, exception, ...rest);
        if (typeof exception !== "object" || exception === null) return;
        if (!spanOfError.has(exception)) spanOfError.set(exception, this);
        const event = this.events?.at(-1);
        if (event) errorOfEvent.set(event, exception);
      };
    },
    onEnd: () => undefined,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
}

/**
 * The span without `exception` events that are sent, or will be if nobody handles the error, as log records: those of errors
 * already sent, and all that client instrumentations (database, outgoing HTTP) record. The span keeps its error status and message.
 */
export function dropRepeatedExceptions(span: ReadableSpan): ReadableSpan {
  const fromClient = span.kind === SpanKind.CLIENT && span.instrumentationScope.name.startsWith("@opentelemetry/instrumentation-");
  const repeated = (event: TimedEvent): boolean => event.name === "exception" && (fromClient || sentAsLog.has(errorOfEvent.get(event) ?? {}));
  if (!span.events.some(repeated)) return span;
  return Object.create(span, { events: { value: span.events.filter((event) => !repeated(event)) } }) as ReadableSpan;
}
