import { expect, test } from "vitest";
import type { Variable } from "./model.ts";
import { ALL, chosenValues, fillIn, fillLink, labelQuery, windows } from "./variables.ts";

const variables: Variable[] = [
  { type: "constant", name: "console_url", query: "http://elsewhere" },
  { type: "query", name: "service", query: { query: "label_values(target_info, job)" }, current: { value: ["api"] }, includeAll: true, allValue: ".*" },
  { type: "query", name: "route", query: { query: 'label_values(up{job=~"$service"}, route)' }, current: { value: [ALL] }, includeAll: true, allValue: ".*" },
];

test("the address decides, else what the dashboard opens with", () => {
  expect(Object.fromEntries(chosenValues(variables, new URLSearchParams()))).toEqual({ console_url: ["http://elsewhere"], service: ["api"], route: [ALL] });
  expect(chosenValues(variables, new URLSearchParams("var-service=a&var-service=b&var-route=All")).get("service")).toEqual(["a", "b"]);
  expect(chosenValues(variables, new URLSearchParams("var-service=All")).get("service")).toEqual([ALL]);
});

function fill(query: string): string {
  return fillIn('x{job=~"$service",route=~"${route}"}[$__rate_interval] $unknown', variables, chosenValues(variables, new URLSearchParams(query)), { __rate_interval: "60s" });
}

test("values are regular expressions inside PromQL strings: one, several, all, and signs that mean something", () => {
  expect(fill("")).toBe('x{job=~"api",route=~".*"}[60s] $unknown');
  expect(fill("var-service=a&var-service=b")).toContain('job=~"(a|b)"');
  expect(fill("var-route=/api/:id(\\d%2B)?")).toContain(String.raw`route=~"/api/:id\\(\\\\d\\+\\)\\?"`);
  expect(fill('var-service=a"}')).toContain(String.raw`job=~"a\"\\}"`);
});

test("a rate looks at four scrapes, or a step and a scrape", () => {
  expect(windows(15, 15, 3600)).toEqual({ __interval: "15s", __rate_interval: "60s", __range: "3600s" });
  expect(windows(1800, 15, 604_800)["__rate_interval"]).toBe("1815s");
});

test.each([
  ["label_values(target_info, job)", { label: "job", selector: "target_info" }],
  ['label_values(up{job=~"a, b"}, instance)', { label: "instance", selector: 'up{job=~"a, b"}' }],
  ["label_values(job)", { label: "job", selector: undefined }],
  ["query_result(up)", undefined],
])("%s", (query, expected) => {
  expect(labelQuery({ query })).toEqual(expected);
});

test("links stay in this console and carry what was chosen", () => {
  const values = chosenValues(variables, new URLSearchParams());
  expect(fillLink("${console_url}/traces?service=${service}&q=${__value.raw}&from=${__from}", values, { __from: "5", "__value.raw": "/api/:id" })).toBe("/traces?service=api&q=%2Fapi%2F%3Aid&from=5");
  expect(fillLink("${sentry_search}?from=${__from}", values, { __from: "5" })).toBe("/issues?from=5");
  expect(fillLink("${console_url}/traces?service=${__field.labels.job}", values, {})).toBe("/traces?service=");
});
