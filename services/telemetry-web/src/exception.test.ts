import { expect, test } from "vitest";
import { describe, fingerprint } from "./exception.ts";

test("an error keeps its raw stack, and its causes follow as Node prints them", () => {
  const root = new RangeError("out of range");
  const { type, message, stack } = describe(new TypeError("no way", { cause: root }));
  expect({ type, message }).toEqual({ type: "TypeError", message: "no way" });
  expect(stack).toMatch(/^TypeError: no way\n\s+at .*exception\.test\.ts:\d+:\d+/);
  expect(stack).toContain("\n[cause]: RangeError: out of range\n");
});

test.each([
  ["Firefox", "load@https://x/a.js:1:2\nmain@https://x/a.js:3:4\n", "NotFound: no row 7\nload@https://x/a.js:1:2\nmain@https://x/a.js:3:4\n"],
  ["Safari", "@https://x/a.js:1:2\nglobal code@https://x/a.js:3:4", "NotFound: no row 7\n@https://x/a.js:1:2\nglobal code@https://x/a.js:3:4"],
  ["Chromium", "NotFound: no row 7\n    at load (https://x/a.js:1:2)", "NotFound: no row 7\n    at load (https://x/a.js:1:2)"],
  ["Chromium, named later", "Error: no row 7\n    at load (https://x/a.js:1:2)", "NotFound: no row 7\n    at load (https://x/a.js:1:2)"],
  ["nothing", undefined, "NotFound: no row 7"],
])("a cause begins with its name and message once, whatever its stack is like (%s)", (_browser, stack, shown) => {
  const cause = Object.assign(new Error("no row 7"), { name: "NotFound", stack });
  const outer = Object.assign(new Error("outer", { cause }), { stack: "outer@https://x/a.js:9:9" });
  expect(describe(outer).stack).toBe(`outer@https://x/a.js:9:9\n[cause]: ${shown}`);
});

test("a cause without a message begins with its name", () => {
  for (const stack of ["Error\n    at f (https://x/a.js:1:2)", "f@https://x/a.js:1:2"]) {
    const cause = Object.assign(new Error(""), { name: "Gone", stack });
    expect(describe(new Error("outer", { cause })).stack).toMatch(/\n\[cause\]: Gone\n {4}at f|\n\[cause\]: Gone\nf@/);
  }
});

test("causes in a circle end", () => {
  const error = new Error("a");
  error.cause = error;
  expect(describe(error).stack?.match(/Error: a/g)).toHaveLength(1);
});

test.each([
  ["text", "string", "text"],
  [null, "null", "null"],
  [{ code: 7 }, "Object", '{"code":7}'],
  [undefined, "undefined", "undefined"],
])("thrown %j is described without a stack", (thrown, type, message) => {
  expect(describe(thrown)).toEqual({ type, message, stack: undefined });
});

test("messages are masked; a hostile value does not throw", () => {
  expect(describe(new Error("no user ada@example.com")).message).toBe("no user ****");
  expect(describe({ get message() { throw new Error("ha"); }, stack: "" }).type).toBe("Error");
});

test("equal errors share a fingerprint whatever their digits, other places do not", () => {
  const errors = [1, 2].map((n) => describe(new Error(`row ${n} failed`)));
  expect(fingerprint(errors[0]!)).toBe(fingerprint(errors[1]!));
  expect(fingerprint(describe(new Error("row 1 failed")))).not.toBe(fingerprint(errors[0]!));
});
