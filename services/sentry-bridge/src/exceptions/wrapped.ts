import type { Span } from "../otlp/model.ts";
import type { RecordedException } from "./collect.ts";
import { MAX_ANCESTORS } from "./order.ts";

/** Languages whose stack texts name no causes. A wrapper's message ends with that of what it wraps: `fmt.Errorf("load cart: %w", err)`. */
const WITHOUT_CAUSES: ReadonlySet<unknown> = new Set(["go", "rust"]);
/** Of a trace with more exceptions, the first are looked at. */
const MAX_PER_TRACE = 50;

/**
 * Sets `wrapped` of exceptions whose message ends with that of an exception on the same span or on one below it, as errors climb with
 * words put in front of them.
 * @param spans of the request, by trace and span id
 */
export function findWrapped(found: RecordedException[], spans: ReadonlyMap<string, Span>): void {
  const traces = new Map<string, RecordedException[]>();
  for (const exception of found) {
    if (!exception.span || exception.message === "" || !WITHOUT_CAUSES.has(exception.resource.get("telemetry.sdk.language"))) continue;
    const trace = traces.get(exception.traceId) ?? [];
    if (trace.length < MAX_PER_TRACE) trace.push(exception);
    traces.set(exception.traceId, trace);
  }
  for (const trace of traces.values()) {
    // The longest first: what was wrapped last.
    const candidates = trace.toSorted((one, other) => other.message.length - one.message.length);
    for (const wrapper of trace) {
      const inner = candidates.find(({ message, span }) => wrapper.message.endsWith(`: ${message}`) && isBelow(span!, wrapper.span!, spans));
      if (inner) wrapper.wrapped = inner;
    }
  }
}

function isBelow(span: Span, upper: Span, spans: ReadonlyMap<string, Span>): boolean {
  let at: Span | undefined = span;
  for (let i = 0; at && i < MAX_ANCESTORS; i++) {
    if (at === upper) return true;
    at = spans.get(at.traceId + at.parentSpanId);
  }
  return false;
}
