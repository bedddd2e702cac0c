import { expect, test } from "vitest";
import { createAggregates, quantityOf } from "./aggregates.ts";

const MINUTE = 60_000;
const RELEASE = { release: "shop@1.0.0", environment: "production" };
const START = Date.parse("2026-01-02T03:04:00Z");

test("counts add up by release, environment and minute; zeros are left out", () => {
  const { add, take } = createAggregates(10);
  add(RELEASE, START + 59_999, "exited", 3);
  add(RELEASE, START, "exited", 4);
  add(RELEASE, START + MINUTE, "crashed", 1);
  add({ release: "shop@1.0.0" }, START, "errored", 2);
  const items = take();
  expect(items).toEqual([
    { attrs: RELEASE, aggregates: [{ started: "2026-01-02T03:04:00.000Z", exited: 7 }, { started: "2026-01-02T03:05:00.000Z", crashed: 1 }] },
    { attrs: { release: "shop@1.0.0" }, aggregates: [{ started: "2026-01-02T03:04:00.000Z", errored: 2 }] },
  ]);
  expect(items.map(quantityOf)).toEqual([8, 2]);
  expect(take()).toEqual([]);
});

test("what is put back joins what has come meanwhile; beyond the limit it is given back as a number", () => {
  const { add, take, putBack } = createAggregates(2);
  add(RELEASE, START, "exited", 3);
  add(RELEASE, START + MINUTE, "exited", 5);
  expect(add(RELEASE, START + 2 * MINUTE, "exited", 1)).toBe(false);
  const items = take();
  add(RELEASE, START, "crashed", 1);
  add(RELEASE, START + 3 * MINUTE, "exited", 1);
  expect(putBack(items)).toBe(5);
  expect(take()).toEqual([{ attrs: RELEASE, aggregates: [{ started: "2026-01-02T03:04:00.000Z", exited: 3, crashed: 1 }, { started: "2026-01-02T03:07:00.000Z", exited: 1 }] }]);
});
