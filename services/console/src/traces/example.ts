import type { Span } from "./otlp.ts";
import type { TraceQuery, Traces, TraceSummary } from "./store.ts";

/**
 * The id of the trace that tells most among those that match: with a bound of duration the slowest, with `error` the newest that failed, else
 * the newest. A trace runs through several services, so what counts is its part: the spans of the service, with the words, that were asked
 * for. Only when no such part failed is it one that failed elsewhere. Undefined when none matches.
 */
export function exampleTrace(traces: Pick<Traces, "list" | "get">, query: TraceQuery): string | undefined {
  const found = traces.list({ ...query, limit: Infinity });
  const words = query.text?.toLowerCase() ?? "";
  const part = (traceId: string): Span[] =>
    (traces.get(traceId)?.spans ?? []).filter((span) => (query.service === undefined || span.service === query.service) && span.name.toLowerCase().includes(words));

  if (query.minDurationMs !== undefined) return slowest(found, part);
  const failed = query.error ? found.find(({ traceId }) => part(traceId).some((span) => span.status === "error")) : undefined;
  return (failed ?? found[0])?.traceId;
}

function slowest(found: TraceSummary[], part: (traceId: string) => Span[]): string | undefined {
  let best: { traceId: string; ms: number } | undefined;
  for (const { traceId, durationMs } of found.toSorted((a, b) => b.durationMs - a.durationMs)) {
    // No part is longer than its trace: the others need not be read.
    if (best && best.ms >= durationMs) break;
    const ms = Math.max(0, ...part(traceId).map((span) => span.endMs - span.startMs));
    if (!best || ms > best.ms) best = { traceId, ms };
  }
  return best?.traceId;
}
