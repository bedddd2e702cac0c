import { expect, test } from "vitest";
import { bucketIndex, createHistograms } from "./histograms.ts";

test.each([[0, 0], [1, 0], [1.01, 1], [2, 1], [3, 2]])("value %d falls into bucket %d: upper bounds are inclusive", (value, index) => {
  expect(bucketIndex([1, 2], value)).toBe(index);
});

test("points are deltas: collected once, split by route", () => {
  const histograms = createHistograms(() => 5_000);
  histograms.record("browser.web_vital.lcp", 2.6, "/");
  histograms.record("browser.web_vital.lcp", 0.3, "/");
  histograms.record("browser.web_vital.lcp", 99, "/projects/:id");
  const metric = JSON.parse(histograms.collect()[0]!);
  expect(metric).toMatchObject({ name: "browser.web_vital.lcp", unit: "s", histogram: { aggregationTemporality: 1 } });
  const [home, project] = metric.histogram.dataPoints;
  expect(home).toMatchObject({ count: "2", sum: 2.9, min: 0.3, max: 2.6, attributes: [{ key: "url.template", value: { stringValue: "/" } }], timeUnixNano: "5000000000" });
  expect(home.bucketCounts).toHaveLength(home.explicitBounds.length + 1);
  expect(home.bucketCounts[home.explicitBounds.indexOf(0.5)]).toBe("1");
  expect(home.bucketCounts[home.explicitBounds.indexOf(3)]).toBe("1");
  expect(project.bucketCounts.at(-1)).toBe("1");
  expect(histograms.collect()).toEqual([]);
});

test("what is not a duration is not recorded", () => {
  const histograms = createHistograms(() => 0);
  histograms.record("browser.web_vital.inp", Number.NaN, "/");
  histograms.record("browser.web_vital.inp", -1, "/");
  expect(histograms.collect()).toEqual([]);
});
