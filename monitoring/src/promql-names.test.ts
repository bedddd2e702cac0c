import { expect, test } from "vitest";
import { metricNames } from "./promql-names.ts";

test("reads names from selectors, ranges, subqueries and spelled-out name patterns", () => {
  const query = 'sum by (job) (rate(a_total{x="b_total"}[5m])) / c > 0 or count_over_time((group by (job) (d))[6h:5m]) or {__name__=~"e_(f|g)_(h|i)"} or absent(a_total)';
  expect(metricNames(query)).toEqual(["a_total", "c", "d", "e_f_h", "e_f_i", "e_g_h", "e_g_i"]);
  expect(metricNames("job:http_server_requests:rate5m * vector(1)")).toEqual(["job:http_server_requests:rate5m"]);
});

test("refuses what is not PromQL", () => {
  expect(() => metricNames("sum by (job (a)")).toThrow(/not PromQL at character/);
});
