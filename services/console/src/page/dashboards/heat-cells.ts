import type { Asked } from "./series.ts";
import type { Grid } from "./time-range.ts";

/** How many events fell between two sizes at one moment. `count[bucket][moment]`; a moment without data is null. */
export type HeatCells = { buckets: { above: number; upTo: number }[]; counts: (number | null)[][]; most: number; total: number };

/** Prometheus' buckets count everything up to their bound: the cell of one is what it has beyond the one below. */
export function heatCells(asked: readonly Asked[], { start, end, step }: Grid): HeatCells {
  const moments = Math.floor((end - start) / step) + 1;
  const sorted = asked
    .flatMap(({ series }) => series)
    .map(({ labels, times, values }) => ({ upTo: Number(labels["le"]?.replace("+Inf", "Infinity")), times, values }))
    .filter(({ upTo }) => !Number.isNaN(upTo))
    .sort((a, b) => a.upTo - b.upTo);
  let below = nothing(moments);
  const counts = sorted.map(({ times, values }) => {
    const sums = nothing(moments);
    for (const [index, time] of times.entries()) {
      const place = Math.round((time - start) / step);
      if (place >= 0 && place < moments && Number.isFinite(values[index])) sums[place] = values[index]!;
    }
    // Two series are never extrapolated alike: a hair less than nothing is nothing.
    const own = sums.map((sum, place) => (sum === null ? null : Math.max(0, sum - (below[place] ?? 0))));
    below = sums;
    return own;
  });
  const flat = counts.flat().filter((count) => count !== null);
  return {
    buckets: sorted.map(({ upTo }, index) => ({ above: sorted[index - 1]?.upTo ?? 0, upTo })),
    counts,
    most: Math.max(0, ...flat),
    total: flat.reduce((sum, count) => sum + count, 0),
  };
}

function nothing(moments: number): (number | null)[] {
  return Array.from({ length: moments }, () => null);
}
