import type { Span } from "../otlp/model.ts";
import type { RecordedException } from "./collect.ts";

export const MAX_ANCESTORS = 200;
/** Of a trace with more different exceptions, the first are looked at. */
const MAX_DIFFERENT = 20;

/**
 * The order in which the exceptions of a request are decided on, since the first of several that are one and the same becomes the event:
 * a wrapper before the causes that it names, so that one event shows them all; then those of inner spans, where they were thrown.
 * @param spans of the request, by trace and span id
 */
export function inOrder(found: RecordedException[], spans: ReadonlyMap<string, Span>): RecordedException[] {
  if (found.length < 2) return found;
  const wraps = wrappers(found);
  const depths = new Map(found.map((exception) => [exception, exception.span ? depthOf(exception.span, spans) : 0]));
  return found.toSorted((one, other) => (wraps.get(other) ?? 0) - (wraps.get(one) ?? 0) || depths.get(other)! - depths.get(one)!);
}

/** How many other exceptions of its trace an exception names. */
function wrappers(found: RecordedException[]): ReadonlyMap<RecordedException, number> {
  const named = new Map<string, Map<string, RecordedException>>();
  for (const exception of found) {
    if (exception.traceId === "" || exception.message === "") continue;
    const different = named.get(exception.traceId) ?? new Map<string, RecordedException>();
    if (different.size < MAX_DIFFERENT && !different.has(exception.message)) different.set(exception.message, exception);
    named.set(exception.traceId, different);
  }
  return new Map(
    found.map((exception) => {
      const others = [...(named.get(exception.traceId)?.values() ?? [])];
      return [exception, others.filter(({ message }) => message !== exception.message && exception.stacktrace.includes(message)).length + wrappedIn(exception)];
    }),
  );
}

function wrappedIn({ wrapped }: RecordedException): number {
  return wrapped ? 1 + wrappedIn(wrapped) : 0;
}

/** How many spans of the request are above this one. */
function depthOf(span: Span, spans: ReadonlyMap<string, Span>): number {
  let depth = 0;
  for (let at = spans.get(span.traceId + span.parentSpanId); at && depth < MAX_ANCESTORS; at = spans.get(at.traceId + at.parentSpanId)) depth++;
  return depth;
}
