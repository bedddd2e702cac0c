import { onCLS, onFCP, onINP, onLCP, onTTFB, type Metric } from "web-vitals";
import type { MetricName } from "./histograms.ts";

/**
 * Gives each web vital once per page view. CLS and INP can grow after the page was first hidden; that first value counts, since a
 * histogram cannot take a value back and many pages are never shown again.
 * @param record takes seconds, or CLS's plain score
 * @returns to be called when the page is hidden, after the document's own listeners
 */
export function watchVitals(record: (name: MetricName, value: number) => void): () => void {
  const seen = new Set<string>();
  let slowest: Metric | undefined;
  const report = (metric: Metric): void => {
    if (seen.has(metric.id)) return;
    seen.add(metric.id);
    const value = metric.name === "CLS" ? metric.value : metric.value / 1000;
    record(`browser.web_vital.${metric.name.toLowerCase()}` as MetricName, value);
  };
  onTTFB(report);
  onFCP(report);
  onLCP(report);
  onCLS(report);
  // The library loses a last interaction that is measured only in the task of hiding itself, so its running value is kept here.
  onINP((metric) => (slowest = metric), { reportAllChanges: true });
  return () => {
    if (slowest) report(slowest);
  };
}
