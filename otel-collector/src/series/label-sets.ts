import type { Series } from "./prometheus-series.ts";

/** The label sets of one metric, as Prometheus shows it; a histogram is one metric, its buckets are one label set. */
export interface MetricSets {
  metric: string;
  /** Series in Prometheus: for a histogram, each label set is one for each bucket, and two more. */
  series: number;
  sets: Record<string, string>[];
}

/** A label, and how many label sets there would be without it. */
export interface Blame {
  label: string;
  values: number;
  without: number;
}

/** Label sets by metric, in the order of the names. */
export function labelSets(series: readonly Series[]): MetricSets[] {
  const metrics = new Map<string, { series: number; sets: Map<string, Record<string, string>> }>();
  // `x_count` is part of the histogram x only when there is an x_bucket or x_sum of the same OTLP metric.
  const families = new Map(Map.groupBy(series, ({ metric }) => metric).entries().map(([metric, own]) => [metric, own.some(({ name }) => /_(bucket|sum)$/.test(name)) && own.some(({ name }) => name.endsWith("_count"))]));
  for (const { name, labels, metric } of series) {
    const family = families.get(metric) ? name.replace(/_(bucket|sum|count)$/, "") : name;
    const { le: _le, quantile: _quantile, ...rest } = labels;
    const own = families.get(metric) ? rest : labels;
    const known = metrics.get(family) ?? { series: 0, sets: new Map<string, Record<string, string>>() };
    known.series++;
    known.sets.set(JSON.stringify(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))), own);
    metrics.set(family, known);
  }
  return [...metrics].map(([metric, { series, sets }]) => ({ metric, series, sets: [...sets.values()] })).sort((a, b) => (a.metric < b.metric ? -1 : 1));
}

/** Labels by how many label sets go when they go, the worst first. */
export function blame({ sets }: MetricSets): Blame[] {
  const labels = [...new Set(sets.flatMap(Object.keys))];
  return labels
    .map((label) => {
      const rest = new Set(sets.map(({ [label]: _gone, ...others }) => JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)))));
      return { label, values: new Set(sets.map((each) => each[label])).size, without: rest.size };
    })
    .sort((a, b) => a.without - b.without || b.values - a.values);
}
