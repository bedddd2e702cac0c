import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMetrics, root } from "../files.ts";
import { checkSloFile } from "./check.ts";
import { shop } from "./fixtures/shop.ts";

const metrics = readMetrics();

const good = `${shop}  alive:
    probe: up{job="shop"}
slo:
  - name: shop-errors
    sli: errors
    objective: 99.9%
    window: 28d
    symptom: errors
sla:
  - name: promise
    promise: 99% of orders succeed
    sli: errors
    objective: 99%
`;

/** The problems of the good file with one piece replaced, as "line: message". */
function problems(piece: string, by: string): string[] {
  expect(good).toContain(piece);
  const result = checkSloFile(good.replace(piece, by), metrics);
  return "problems" in result ? result.problems.map(({ line, message }) => `${line}: ${message}`) : [];
}

test("the committed definitions and the example are in order", () => {
  expect(checkSloFile(readFileSync(join(root, "SLO_DEFINITIONS.yml"), "utf8"), metrics)).toHaveProperty("definitions");
  expect(problems("shop", "shop")).toEqual([]);
});

test.each([
  ["unknown key", "    window: 28d", "    windwo: 28d", ['13: slo.0 has no "window"; add it', '16: unknown key "windwo" in slo.0; did you mean "window"?']],
  ["unknown key at the top", "sla:", "slas:", ['18: unknown key "slas" in the file; did you mean "sla"?']],
  ["unknown key, nothing near", "    symptom: errors", "    symptom: errors\n    colour: red", [expect.stringMatching(/^18: unknown key "colour" in slo.0; known are name, description, /)]],
  ["key written twice", "service: shop", "service: shop\nservice: toys", [expect.stringMatching(/^3: not YAML: Map keys must be unique/)]],
  ["window", "28d", "14d", ['16: slo.0.window is "14d"; it may be 7d, 28d, 30d, month']],
  ["objective without %", "objective: 99.9%", "objective: 99.9", [expect.stringMatching(/^15: slo.0.objective must be string\. Share of good events, as 99.5%/)]],
  ["objective of 100%", "99.9%", "100%", [expect.stringMatching(/^15: slo.0.objective is "100%", which is not written as it should be\. .*Below 100%/)]],
  ["name of an indicator", "  alive:", "  Alive!:", ['10: the name "Alive!" in sli may hold lower-case letters, digits and _ only']],
  ["response time of support", "    sli: errors\n    objective: 99%", "    response: {critical: soon}", [expect.stringMatching(/^21: sla.0.response.critical is "soon", which is not written as it should be\. A time, as 30m/)]],
  ["promise without objective", "    sli: errors\n    objective: 99%", "    sli: errors", ['21: sla.0 has "sli" but no "objective"; they go together']],
  ["unknown indicator", "    sli: errors\n    objective: 99.9%", "    sli: error\n    objective: 99.9%", ['14: slo shop-errors: there is no sli "error"; did you mean "errors"?']],
  ["not a bucket", "within: 500ms", "within: 300ms", [expect.stringMatching(/^9: sli speed: within 300ms is no bucket of http_server_request_duration_seconds, .* 0.25, 0.5,/)]],
  ["not a bucket, written as le", "    bad: http_server_request_duration_seconds_count{job=\"shop\",http_response_status_code=~\"5..\"}", "    good: http_server_request_duration_seconds_bucket{le=\"0.3\"}", [expect.stringMatching(/^6: sli errors: good: le="0.3" is no bucket/)]],
  ["unknown metric", "total: http_server_request_duration_seconds_count", "total: http_server_requests_duration_seconds_count", ['5: sli errors: total: "http_server_requests_duration_seconds_count" is no counter of metrics.yml; did you mean "http_server_request_duration_seconds_count"?']],
  ["unknown label", "http_response_status_code=~", "http_response_status=~", [expect.stringMatching(/^6: sli errors: bad: .* has no label "http_response_status"; did you mean "http_response_status_code"\?/)]],
  ["a function", 'total: http_server_request_duration_seconds_count{job="shop"}', 'total: rate(http_server_request_duration_seconds_count{job="shop"}[5m])', [expect.stringMatching(/^5: sli errors: "rate\(.*\)" is not a plain metric/)]],
  ["unknown label in quotes", '    histogram: http_server_request_duration_seconds{job="shop"}', '    histogram: http_server_request_duration_seconds{"http.route"="/",job="shop"}', [expect.stringMatching(/^8: sli speed: histogram: .* has no label "http.route"; did you mean "http_route"\?/)]],
  ["a broken pattern", 'http_response_status_code=~"5.."', 'http_response_status_code=~"5(.."', [expect.stringMatching(/^6: sli errors: bad: http_response_status_code=~"5\(\.\.": .*Unterminated group/)]],
  ["two metrics in one", "total: http_server_request_duration_seconds_count{", 'total: http_server_request_duration_seconds_count{"up",', [expect.stringMatching(/^5: sli errors: .* names two metrics; leave out the one in braces/)]],
  ["a classic histogram as a native one", "    histogram: http_server", "    native_histogram: http_server", [expect.stringMatching(/^8: sli speed: native_histogram: .* has classic buckets in metrics.yml; use histogram with within/)]],
  ["two kinds at once", '    probe: up{job="shop"}', '    probe: up{job="shop"}\n    within: 2s', [expect.stringMatching(/^10: sli alive: has probe, within; it takes total with good or bad/)]],
  ["a threshold that can never be passed", "99.9%", "92%", ["15: slo shop-errors: 13.4 times the budget of 8% is 107.2% of all events: the alert over 1h can never fire. Raise the objective above 92.6%, or set factors, each below 12.5"]],
  ["a threshold of exactly all", "    symptom: errors", "    symptom: errors\n    factors: [1000, 5, 2, 1]", ["18: slo shop-errors: 1000 times the budget of 0.1% is 100% of all events: the alert over 1h can never fire. Raise the objective above 99.9%, or set factors, each below 1000"]],
  ["a factor that fires on a healthy service", "    symptom: errors", "    symptom: errors\n    factors: [10, 5, 2, 0.9]", ["18: slo.0.factors.3 must be >= 1."]],
])("%s is refused, with its line and a remedy", (_, piece, by, expected) => {
  expect(problems(piece, by)).toEqual(expected);
});

test("a name is used once", () => {
  const again = "  - {name: shop-errors, sli: speed, objective: 95%, window: 7d, symptom: latency}\nsla:";
  expect(problems("sla:", again)).toEqual(["18: slo shop-errors: this name is taken by entry 1 of slo; choose another"]);
});
