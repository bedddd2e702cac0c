import { afterEach, expect, test } from "vitest";
import { debugIds } from "./debug-ids.ts";

afterEach(() => {
  globalThis._sentryDebugIds = undefined;
});

const [first, second] = ["0a7651b9-16cd-43dd-8448-eb211c80319c", "11111111-1111-4111-8111-111111111111"];

test.each([
  ["Chromium", "Error\n    at https://shop.example/assets/app.js:1:262\n    at https://shop.example/assets/app.js:1:481", "TypeError: x\n    at load (https://shop.example/assets/app.js:1:900)"],
  ["Firefox", "@https://shop.example/assets/app.js:1:262\n@https://shop.example/assets/app.js:1:481\n", "load@https://shop.example/assets/app.js:1:900\n"],
  ["Safari", "@https://shop.example/assets/app.js:1:262\nglobal code@https://shop.example/assets/app.js:1:481", "load@https://shop.example/assets/app.js:1:900"],
  ["a query", "Error\n    at https://shop.example/assets/app.js?v=5:1:262", "TypeError: x\n    at load (https://shop.example/assets/app.js?v=****:1:900)"],
])("files of the stack have the id of the table (%s)", (_browser, text, stack) => {
  globalThis._sentryDebugIds = { [text]: first, [text.replaceAll("app.js", "other.js")]: second };
  expect(debugIds(stack)).toEqual([`${first} https://shop.example/assets/app.js`]);
});

test("no table, no file in it, no stack, or something else under that name: nothing is sent", () => {
  expect(debugIds("Error\n    at https://x/a.js:1:2")).toBeUndefined();
  globalThis._sentryDebugIds = { "Error\n    at https://x/b.js:1:2": first, nonsense: second };
  expect(debugIds("Error\n    at https://x/a.js:1:2")).toBeUndefined();
  expect(debugIds(undefined)).toBeUndefined();
  Object.assign(globalThis, { _sentryDebugIds: { get "Error\n at https://x/a.js:1:2"() { throw new Error("ha"); } } });
  expect(debugIds("at https://x/a.js:1:2")).toBeUndefined();
});

test("addresses are masked, and their number is bounded", () => {
  globalThis._sentryDebugIds = { "Error\n    at https://x/ada@example.com/a.js:1:2": first };
  expect(debugIds("Error\n    at https://x/****/a.js:1:2")).toEqual([`${first} https://x/****/a.js`]);
  globalThis._sentryDebugIds = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`Error\n    at https://x/${n}.js:1:2`, first]));
  expect(debugIds(Array.from({ length: 50 }, (_, n) => `    at https://x/${n}.js:1:2`).join("\n"))).toHaveLength(20);
});
