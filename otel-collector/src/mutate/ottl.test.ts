import { expect, test } from "vitest";
import { cutCondition, cutStatement } from "./ottl.ts";

test("each operand is left out, at any depth, and what stands in quotes or calls is left alone", () => {
  expect(cutCondition('a == "x and y" and (b or not c) and f(d and e)').map(({ rest }) => rest)).toEqual([
    "(b or not c) and f(d and e)",
    'a == "x and y" and f(d and e)',
    'a == "x and y" and (not c) and f(d and e)',
    'a == "x and y" and (b) and f(d and e)',
    'a == "x and y" and (b or c) and f(d and e)',
    'a == "x and y" and (b or not c)',
  ]);
  expect(cutCondition('a["\\" or "] == nil')).toEqual([]);
});

test("of a statement, the where goes, and each part of it", () => {
  expect(cutStatement('set(a, " where ") where b and c')).toEqual([
    { part: "where b and c", rest: 'set(a, " where ")' },
    { part: "b", rest: 'set(a, " where ") where c' },
    { part: "c", rest: 'set(a, " where ") where b' },
  ]);
  expect(cutStatement("set(a, b)")).toEqual([]);
});
