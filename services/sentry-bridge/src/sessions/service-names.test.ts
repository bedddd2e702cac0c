import { expect, test } from "vitest";
import { serviceNames } from "./service-names.ts";

const has = (entries: string[], name?: string): boolean => serviceNames(entries, "SETTING").has(new Map(name === undefined ? [] : [["service.name", name]]));

test.each([
  [["shop", "cart"], "cart", true],
  [["shop"], "shop-web", false],
  [["team-*", "shop"], "team-a", true],
  [["team-*"], "my-team-a", false],
  [["*"], "any", true],
  [["*"], undefined, true],
  [[], "shop", false],
  [["shop"], undefined, false],
])("%j, service %s: %s", (entries, name, expected) => {
  expect(has(entries, name)).toBe(expected);
});

test("a * elsewhere is refused in one sentence that says what to do", () => {
  expect(() => serviceNames(["shop", "*-web"], "SETTING")).toThrow(/^SETTING has "\*-web": a \* can only end a name/);
});
