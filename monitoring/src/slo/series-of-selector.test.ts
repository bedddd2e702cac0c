import { expect, test } from "vitest";
import { seriesOfSelector, seriesText } from "./series-of-selector.ts";

test.each([
  ["x", ["x{}"], []],
  ['x{a="b"}', ['x{a="b"}'], ['x{a="other"}']],
  ['x{a!="b"}', ["x{}"], ['x{a="b"}']],
  ['x{a=~"5..|499"}', ['x{a="500"}', 'x{a="499"}'], ['x{a="other"}']],
  ['x{a!~"/metrics|/health"}', ["x{}"], ['x{a="/metrics"}', 'x{a="/health"}']],
  ['x{a!~""}', ['x{a="other"}'], ["x{}"]],
  ['x{a=~".+"}', ['x{a="0"}'], ["x{}"]],
  ['x{le=~"2|2\\\\.0"}', ['x{le="2"}', 'x{le="2.0"}'], ['x{le="+Inf"}']],
  ['x{a=~"/(v1|v2)/[a-c]+(/\\\\d{2})?"}', ['x{a="/v1/a"}'], ['x{a="other"}']],
])("%s", (selector, taken, refused) => {
  const sampled = seriesOfSelector(selector);
  expect(sampled.taken.map(seriesText)).toEqual(taken);
  expect(sampled.refused.map(seriesText)).toEqual(refused);
});

test("a selector that takes nothing is refused, with what to write instead", () => {
  expect(() => seriesOfSelector('x{a="b",a!="b"}')).toThrow("its matchers exclude each other");
  expect(() => seriesOfSelector('x{a=~"(?=b)c"}')).toThrow('a=~"(?=b)c": no value could be made up for it; write the alternatives out');
});
