import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { errorCodes } from "./errors.ts";

test("the README lists exactly the codes of errors.ts, each with its status", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const listed = Object.fromEntries(Array.from(readme.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm), ([, code, status]) => [code, Number(status)]));
  expect(listed).toEqual(Object.fromEntries(Object.entries(errorCodes).map(([code, { status }]) => [code, status])));
});
