import { expect, test } from "vitest";
import { nearest, suggestion } from "./nearest.ts";

const known = ["frontend", "backend", "console", "console-smtp", "postgres"];

test.each([
  ["fronted", "frontend"],
  ["bakcend", "backend"],
  ["Postgress", "postgres"],
  ["consol", "console"],
  ["xyz", undefined],
])("%s means %s", (typo, meant) => {
  expect(nearest(typo, known)).toBe(meant);
});

test("without a near name, all are listed", () => {
  expect(suggestion("zzzzzz", known)).toBe(" There are: frontend, backend, console, console-smtp, postgres.");
});
