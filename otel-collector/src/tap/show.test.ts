import { expect, test } from "vitest";
import type { Item } from "../cases/items.ts";
import { parseFilter, passes, show, showJson } from "./show.ts";

const item: Item = { signal: "traces", name: "GET /", attributes: { "http.route": "/", code: 200 }, resource: { "service.name": "shop" }, scope: "s", scopeAttributes: {}, kind: "server", status: "error" };
const holds = (...filters: string[]): boolean => passes(item, filters.map(parseFilter));

test("filters look at attributes of the item and around it, at the name; all have to hold", () => {
  expect(holds("http.route=/")).toBe(true);
  expect(holds("code=200", "service.name=shop")).toBe(true);
  expect(holds("code=200", "service.name=other")).toBe(false);
  expect(holds("service.name=/^sh/")).toBe(true);
  expect(holds("http.route")).toBe(true);
  expect(holds("absent")).toBe(false);
  expect(holds("name=GET /")).toBe(true);
  expect(() => parseFilter("=x")).toThrow("key=value");
  expect(() => parseFilter("a=/(/")).toThrow("no regular expression");
});

test("what is shown cannot command the terminal, and has a limit", () => {
  const hostile: Item = { ...item, name: "\u001b[2J\nx", attributes: { long: "x".repeat(100_000) } };
  const text = show("otlp_http", hostile);
  expect(text).not.toContain("\u001b");
  expect(text).toContain(String.raw`\x1b[2J\nx`);
  expect(text.length).toBeLessThan(1_000);
  expect(showJson("otlp_http", hostile).length).toBeLessThan(9_000);
});
