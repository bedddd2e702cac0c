import { keyValues, nanos } from "./otlp.ts";

/** Upper bounds per metric; the "good" and "poor" limits of web.dev/articles/vitals are among them, and the 3 s of the page-load objective. */
const definitions = {
  "browser.web_vital.lcp": { unit: "s", bounds: [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 20] },
  "browser.web_vital.fcp": { unit: "s", bounds: [0.1, 0.25, 0.5, 1, 1.5, 1.8, 2.5, 3, 5, 10, 20] },
  "browser.web_vital.inp": { unit: "s", bounds: [0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5] },
  "browser.web_vital.ttfb": { unit: "s", bounds: [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.8, 2.5, 5, 10] },
  "browser.web_vital.cls": { unit: "1", bounds: [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2] },
} as const;

export type MetricName = keyof typeof definitions;

interface Point {
  template: string;
  counts: number[];
  sum: number;
  min: number;
  max: number;
  startMs: number;
  timeMs: number;
}

export interface Histograms {
  /** @param value in the metric's unit (seconds, or CLS's plain score) */
  record(name: MetricName, value: number, template: string): void;
  /** One JSON text per metric recorded since the last call, then forgets them: delta temporality. */
  collect(): string[];
}

/**
 * Explicit-bucket histograms with DELTA temporality (opentelemetry-proto, metrics.proto `Histogram`).
 * A point starts at its first value, not at the page load: another page's point may already have ended after that.
 */
export function createHistograms(now: () => number): Histograms {
  let points = new Map<MetricName, Map<string, Point>>();
  return {
    record(name, value, template) {
      if (!Number.isFinite(value) || value < 0) return;
      const bounds: readonly number[] = definitions[name].bounds;
      const series = points.get(name) ?? new Map<string, Point>();
      points.set(name, series);
      const timeMs = now();
      const point = series.get(template) ?? { template, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0, min: value, max: value, startMs: timeMs - 1, timeMs };
      series.set(template, point);
      point.counts[bucketIndex(bounds, value)]! += 1;
      point.sum += value;
      point.min = Math.min(point.min, value);
      point.max = Math.max(point.max, value);
      point.timeMs = timeMs;
    },
    collect() {
      const collected = points;
      points = new Map();
      return [...collected].map(([name, series]) => JSON.stringify(metric(name, [...series.values()])));
    },
  };
}

/** Bounds are inclusive above, as OTLP wants: a value equal to a bound belongs to the bucket that ends there. */
export function bucketIndex(bounds: readonly number[], value: number): number {
  const index = bounds.findIndex((bound) => value <= bound);
  return index === -1 ? bounds.length : index;
}

function metric(name: MetricName, points: Point[]): object {
  const { unit, bounds } = definitions[name];
  const dataPoints = points.map((point) => ({
    attributes: keyValues({ "url.template": point.template }),
    startTimeUnixNano: nanos(point.startMs),
    timeUnixNano: nanos(point.timeMs),
    count: String(point.counts.reduce((total, count) => total + count, 0)),
    sum: point.sum,
    min: point.min,
    max: point.max,
    bucketCounts: point.counts.map(String),
    explicitBounds: bounds,
  }));
  return { name, unit, histogram: { aggregationTemporality: 1, dataPoints } };
}
