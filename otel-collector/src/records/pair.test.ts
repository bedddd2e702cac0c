import { expect, test } from "vitest";
import { requestsOf } from "../cases/otlp-from-case.ts";
import { changesOf, pair } from "./pair.ts";
import { type OtlpRecord, recordsOf } from "./records.ts";

const logs = (...bodies: string[]): OtlpRecord[] => requestsOf({ given: { logs: bodies.map((body) => ({ body, attributes: { a: { b: [1] } } })) }, samples: [] }, 1_800_000_000_000).flatMap(({ body }) => recordsOf(JSON.parse(body)));

test("a record is known by its contents, its id, its name, its place", () => {
  const before = logs("one", "two", "three");
  expect(pair(before, [before[2], before[0]] as OtlpRecord[])).toMatchObject({ lost: [{ name: "two" }], gained: [] });
  const [first, , third] = logs("one", "2", "three");
  expect(pair(before, [third, first] as OtlpRecord[]).lost.map(({ name }) => name)).toEqual(["two"]);
  expect(pair(before, logs("one", "2", "three")).pairs.map(([was, is]) => `${was.name} ${is.name}`).sort()).toEqual(["one one", "three three", "two 2"]);
});

test("everything that OTLP says of a record is a field", () => {
  const metrics = requestsOf({ given: { resource: { "service.name": "shop" }, scope: { name: "s", version: "1" }, metrics: [{ name: "m", unit: "s", sum: 1, attributes: { k: "v" } }] }, samples: [] }, 1_800_000_000_000).flatMap(({ body }) => recordsOf(JSON.parse(body)));
  expect(Object.fromEntries(metrics[0]?.fields ?? [])).toMatchObject({ "resource.service.name": "shop", "scope.name": "s", "scope.version": "1", name: "m", unit: "s", type: "sum", isMonotonic: "true", "attributes.k": "v", asDouble: "1" });
  const [one, two] = [...logs("x"), ...logs("y")] as [OtlpRecord, OtlpRecord];
  expect(changesOf(one, two)).toEqual([{ field: "body", from: "x", to: "y" }]);
  expect(one.fields.get("attributes.a")).toBe('{"b":[1]}');
});
