import { expect, test } from "vitest";
import { requestsOf } from "../cases/otlp-from-case.ts";
import { blame, labelSets } from "./label-sets.ts";
import { parseSelector, seriesOf } from "./prometheus-series.ts";

const series = seriesOf(
  requestsOf(
    {
      given: {
        metrics: [
          ...["a", "b", "c"].flatMap((user) => ["GET", "POST"].map((method) => ({ name: "http.duration", unit: "s", histogram: [1], bounds: [1, 2], attributes: { user, method } }))),
          { name: "item_count", gauge: 1 },
        ],
      },
      samples: [],
    },
    1_800_000_000_000,
  ).map(({ body }) => JSON.parse(body) as unknown),
);

test("buckets are no label sets, and a name that only looks like a histogram's is left alone", () => {
  expect(labelSets(series).map(({ metric, sets, series }) => [metric, sets.length, series])).toEqual([
    ["http_duration_seconds", 6, 30],
    ["item_count", 1, 1],
    ["target_info", 1, 1],
  ]);
});

test("the label without which there are fewest is to blame", () => {
  const [metric] = labelSets(series);
  expect(metric && blame(metric)[0]).toEqual({ label: "user", values: 3, without: 2 });
});

test("selectors are read as Prometheus writes them", () => {
  expect(parseSelector('a:b_total{x="1",y="say \\"hi\\""}')).toEqual({ name: "a:b_total", labels: { x: "1", y: 'say "hi"' } });
  expect(parseSelector("plain")).toEqual({ name: "plain", labels: {} });
  expect(parseSelector("a{b=1}")).toBeUndefined();
});
