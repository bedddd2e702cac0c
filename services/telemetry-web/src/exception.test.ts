import { expect, test } from "vitest";
import { describe, fingerprint } from "./exception.ts";

test("an error keeps its raw stack, and its causes follow as Node prints them", () => {
  const root = new RangeError("out of range");
  const { type, message, stack } = describe(new TypeError("no way", { cause: root }));
  expect({ type, message }).toEqual({ type: "TypeError", message: "no way" });
  expect(stack).toMatch(/^TypeError: no way\n\s+at .*exception\.test\.ts:\d+:\d+/);
  expect(stack).toContain("\n[cause]: RangeError: out of range\n");
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
  expect(describe(new Error("no user ada@example.com")).message).toBe("no user [email]");
  expect(describe({ get message() { throw new Error("ha"); }, stack: "" }).type).toBe("Error");
});

test("equal errors share a fingerprint whatever their digits, other places do not", () => {
  const errors = [1, 2].map((n) => describe(new Error(`row ${n} failed`)));
  expect(fingerprint(errors[0]!)).toBe(fingerprint(errors[1]!));
  expect(fingerprint(describe(new Error("row 1 failed")))).not.toBe(fingerprint(errors[0]!));
});
