/**
 * Exemplars of request durations: which trace stands behind a value of the histogram. The SDK makes none (opentelemetry-js has no
 * exemplar support in its metrics), but the span of the same request has all that one needs.
 */
import { type Attributes, type HrTime, SpanKind } from "@opentelemetry/api";
import { DataPointType, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** A measurement and the span it was made in (opentelemetry-proto metrics.proto, Exemplar), without attributes of its own. */
export interface Exemplar {
  time: HrTime;
  /** Seconds. */
  value: number;
  /** Lower-case hex. */
  traceId: string;
  spanId: string;
}

export interface Exemplars {
  /** A sampled span has ended. */
  ended(span: ReadableSpan): void;
  /** What was kept since the last call, for each histogram data point in the order of the metrics; undefined when there is nothing. */
  take(metrics: ResourceMetrics): Exemplar[][] | undefined;
}

const METRIC = "http.server.request.duration";
/** Of one interval; each is a route, method and status. */
const MAX_SERIES = 500;

/** Of each series and interval the slowest request and the last one are kept: what people look for, and what is usual. */
export function createExemplars(): Exemplars {
  const kept = new Map<string, { slowest: Exemplar; last: Exemplar }>();
  return {
    ended(span) {
      if (span.kind !== SpanKind.SERVER) return;
      const key = seriesOf(span.attributes);
      const known = kept.get(key);
      if (!known && kept.size >= MAX_SERIES) return;
      const { traceId, spanId } = span.spanContext();
      const last = { time: span.endTime, value: span.duration[0] + span.duration[1] / 1e9, traceId, spanId };
      if (!known) kept.set(key, { slowest: last, last });
      else {
        known.last = last;
        if (last.value >= known.slowest.value) known.slowest = last;
      }
    },
    take({ scopeMetrics }) {
      if (kept.size === 0) return undefined;
      const histograms = scopeMetrics.flatMap(({ metrics }) => metrics).filter(({ dataPointType }) => dataPointType === DataPointType.HISTOGRAM);
      const taken = histograms.flatMap(({ descriptor: { name }, dataPoints }) => dataPoints.map(({ attributes }) => (name === METRIC ? takeOne(seriesOf(attributes)) : [])));
      kept.clear();
      return taken;
    },
  };

  /** The oldest first: Prometheus takes exemplars in the order of time only. */
  function takeOne(key: string): Exemplar[] {
    const found = kept.get(key);
    kept.delete(key);
    if (!found) return [];
    return found.slowest === found.last ? [found.last] : [found.slowest, found.last];
  }
}

/** What span and data point of a request have in common (semantic conventions, HTTP). */
function seriesOf(attributes: Attributes): string {
  return `${String(attributes["http.request.method"])} ${String(attributes["http.response.status_code"])} ${String(attributes["http.route"])}`;
}
