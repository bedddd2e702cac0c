import { expect, test } from "vitest";
import { differences } from "./compare.ts";
import { itemsOf } from "./items.ts";
import { requestsOf } from "./otlp-from-case.ts";
import type { Expectation, Given } from "./case.ts";

/** Compares what a case gives with what it expects, as if nothing stood between. */
function compare(given: Given, expected: "nothing" | Expectation): { path: string; expected: string[]; got: string[] }[] {
  const texts = requestsOf({ given, samples: [] }, 1_800_000_000_000).map(({ body }) => body);
  const bodies = texts.map((text) => JSON.parse(text) as unknown);
  return differences(expected, { items: bodies.flatMap(itemsOf), text: texts.join("\n"), bodies }).map(({ path, expected, got }) => ({ path: path.join("."), expected, got }));
}

const spans: Given = {
  spans: [
    { name: "one", kind: "server", status: "error", message: "bad", attributes: { "http.route": "/x", size: 3, list: ["a", 7], map: { n: 8 } }, events: [{ name: "exception", attributes: { hidden: "Secret-1" } }] },
    { name: "two", attributes: { "http.route": "/x" } },
  ],
};

test("what holds makes no difference", () => {
  const expected: Expectation = {
    count: 2,
    names: ["two", "one"],
    attributes: { "http.route": "/x", "service.name": "shop" },
    absent: ["other"],
    absent_values: ["canary", "/secret-\\d\\d/"],
    present_values: ["Secret-1", "/Secret-\\d/"],
    items: [{ name: "one", kind: "server", status: "error", message: "bad", attributes: { size: 3, list: ["a", 7], map: { n: 8 } }, resource: { "service.name": "/^sh/" }, events: ["exception"] }, { name: "/^t/" }],
  };
  expect(compare(spans, expected)).toEqual([]);
  expect(compare({ spans: [] }, "nothing")).toEqual([]);
});

test.each<[string, Expectation | "nothing", string]>([
  ["nothing", "nothing", ""],
  ["a count", { count: 3 }, "count"],
  ["a name too many", { names: ["one", "two", "two"] }, "names"],
  ["a name too few", { names: ["one"] }, "names"],
  ["an attribute that one lacks", { attributes: { size: 3 } }, "attributes.size"],
  ["an attribute of an event", { absent: ["other", "hidden"] }, "absent.1"],
  ["an attribute of the resource", { absent: ["service.name"] }, "absent.0"],
  ["a value in another case", { absent_values: ["secret-1"] }, "absent_values.0"],
  ["a value that is not there", { present_values: ["canary"] }, "present_values.0"],
  ["an item twice", { items: [{ name: "one" }, { name: "one" }] }, "items.1"],
  ["an attribute an item is to lack", { items: [{ name: "one", absent: ["size"] }] }, "items.0"],
  ["events", { items: [{ name: "one", events: [] }] }, "items.0"],
])("what does not hold is named with its place: %s", (_what, expected, path) => {
  expect(compare(spans, expected).map((difference) => difference.path)).toEqual([path]);
});

test("an expectation of attributes fails when nothing arrived", () => {
  expect(compare({ spans: [] }, { attributes: { a: "b" } })).toEqual([{ path: "attributes.a", expected: ["b"], got: ["nothing arrived"] }]);
});

test("the nearest item is shown with only what differs", () => {
  expect(compare(spans, { items: [{ name: "two", kind: "client", attributes: { "http.route": "/x" } }] })[0]).toMatchObject({ expected: ["kind: client"], got: ["kind: internal"] });
});

test("metrics are compared point by point", () => {
  const given: Given = {
    metrics: [
      { name: "h", histogram: [0.5, 3, 1], bounds: [1, 2.5], temporality: "delta" },
      { name: "g", gauge: 0.1 },
      { name: "s", sum: 7 },
    ],
  };
  const items = [{ name: "h", type: "histogram", temporality: "delta" as const, count: 3, value: 4.5 }, { name: "g", type: "gauge", value: 0.1 }, { name: "s", type: "sum", temporality: "cumulative" as const, value: 7 }];
  expect(compare(given, { count: 3, items })).toEqual([]);
});

test("log records are compared by event, body and severity", () => {
  const given: Given = { logs: [{ event: "exception", severity: "error" }, { body: { a: 1 } }, { body: "started" }] };
  expect(compare(given, { names: ["exception", '{"a":1}', "started"], items: [{ severity: "error" }, { body: "started" }] })).toEqual([]);
});
