import { type Attributes, MalformedError } from "./model.ts";
import { list, nanos, object, toAttributes, type Wire } from "./objects.ts";

/** How often something was measured, told apart by attributes; the measured values themselves are not read. */
export interface CountPoint {
  resource: Attributes;
  attributes: Attributes;
  /** Unix nanoseconds. A cumulative count starts at `startTimeUnixNano` and grows. */
  startTimeUnixNano: bigint;
  timeUnixNano: bigint;
  count: number;
  cumulative: boolean;
}

const TEMPORALITIES: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [1, false],
  ["AGGREGATION_TEMPORALITY_DELTA", false],
  [2, true],
  ["AGGREGATION_TEMPORALITY_CUMULATIVE", true],
]);

/** The points of the histograms called `name` in an ExportMetricsServiceRequest. Throws MalformedError. */
export function histogramCounts(request: Wire, name: string): CountPoint[] {
  return list(request["resourceMetrics"], "resourceMetrics").flatMap((group) => {
    const metrics = list(group["scopeMetrics"], "scopeMetrics").flatMap((scope) => list(scope["metrics"], "metrics")).filter((metric) => metric["name"] === name);
    if (metrics.length === 0) return [];
    const resource = toAttributes(object(group["resource"] ?? {}, "resource")["attributes"], "resource.attributes");
    return metrics.flatMap((metric) => {
      const data = object(metric["histogram"] ?? metric["exponentialHistogram"] ?? {}, "histogram");
      const cumulative = TEMPORALITIES.get(data["aggregationTemporality"]);
      if (cumulative === undefined) return [];
      return list(data["dataPoints"], "dataPoints").map((point) => ({
        resource,
        attributes: toAttributes(point["attributes"], "dataPoint.attributes"),
        startTimeUnixNano: nanos(point["startTimeUnixNano"], "dataPoint.startTimeUnixNano"),
        timeUnixNano: nanos(point["timeUnixNano"], "dataPoint.timeUnixNano"),
        count: countOf(point["count"]),
        cumulative,
      }));
    });
  });
}

/** fixed64: a bigint from protobuf, a number or decimal text in JSON; absent is 0 (proto3). */
function countOf(value: unknown): number {
  const count = Number(value ?? 0);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new MalformedError("dataPoint.count: expected a whole number");
}
