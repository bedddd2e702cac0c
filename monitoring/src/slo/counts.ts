import { parseSelector, printSelector } from "../selector.ts";
import { seconds } from "./check.ts";
import type { Sli } from "./definitions.ts";

/**
 * How an indicator is counted, as PromQL without labels. `bad` takes an expression for the total of the same range and is 0, not absent,
 * while nothing is bad; both are absent without series. `heartbeat` is there while the indicator is measured, idle or not.
 */
export type Counts = { total: (range: string) => string; bad: (range: string, total: string) => string; heartbeat: string };

/** @param job `service.name` of the service that is measured */
export function countsOf(sli: Sli, job: string): Counts {
  const heartbeat = `target_info{job="${job}"}`;
  if (sli.probe !== undefined) {
    const { probe } = sli;
    return { total: (range) => `sum(count_over_time(${probe}[${range}]))`, bad: (range, total) => `${total} - sum(sum_over_time(${probe}[${range}]))`, heartbeat: probe };
  }
  if (sli.native_histogram !== undefined) return { ...nativeCounts(sli.native_histogram, seconds(sli.within!)), heartbeat };
  const histogram = sli.histogram === undefined ? undefined : parseSelector(sli.histogram);
  const all = histogram ? printSelector(histogram, "_count") : sli.total!;
  const good = histogram ? printSelector(histogram, "_bucket", upTo(seconds(sli.within!))) : sli.good;
  const bad = good === undefined
    ? (range: string, total: string): string => `${increase(sli.bad!, range)} or 0 * ${total}`
    // Two counters are never read at the very same moment: extrapolation can leave a hair less than nothing.
    : (range: string, total: string): string => `clamp_min(${total} - (${increase(good, range)} or vector(0)), 0)`;
  return { total: (range) => increase(all, range), bad, heartbeat };
}

/** A native histogram knows its share up to any value; that of none at all is NaN, which `>= 0` drops. */
function nativeCounts(selector: string, within: number): Pick<Counts, "total" | "bad"> {
  const events = (range: string): string => `sum(increase(${selector}[${range}]))`;
  return {
    total: (range) => `histogram_count(${events(range)})`,
    bad: (range, total) => `${total} * (1 - histogram_fraction(-Inf, ${within}, ${events(range)})) >= 0 or 0 * ${total}`,
  };
}

function increase(selector: string, range: string): string {
  return `sum(increase(${selector}[${range}]))`;
}

/** Prometheus writes a whole bound as "2" or as "2.0", by the way it came in. */
export function upTo(bound: number): string {
  return Number.isInteger(bound) ? `le=~"${bound}|${bound}\\\\.0"` : `le="${bound}"`;
}
