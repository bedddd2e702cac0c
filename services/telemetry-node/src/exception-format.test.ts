import { inspect } from "node:util";
import { expect, test } from "vitest";
import { formatException } from "./exception-format.ts";

class PaymentError extends Error {}
class NamedError extends Error {
  override name = "CustomName";
}

test.each([
  [new PaymentError("x"), "PaymentError"],
  [new NamedError("x"), "CustomName"],
  [new TypeError("x"), "TypeError"],
  [Object.assign(new Error("x"), { code: "ECONNREFUSED" }), "Error"],
  [new DOMException("x", "AbortError"), "AbortError"],
  [new AggregateError([]), "AggregateError"],
  ["text", "string"],
  [null, "null"],
  [undefined, "undefined"],
  [{ message: "like an error" }, "Object"],
])("type of %s", (thrown, type) => {
  expect(formatException(thrown).type).toBe(type);
});

/** Stacks of one frame: inspect folds frames that error and cause share. */
function withFrame<E extends Error>(error: E, frame: string): E {
  return Object.assign(error, { stack: `${error.name}: ${error.message}\n    at ${frame}` });
}

test("causes and members are printed as util.inspect prints them", () => {
  const error = withFrame(new Error("outer", { cause: withFrame(new TypeError("inner"), "a (/a.js:1:1)") }), "b (/b.js:2:2)");
  expect(formatException(error).stacktrace).toBe(inspect(error));
  const many = withFrame(new AggregateError([withFrame(new Error("one"), "c (/c.js:3:3)"), withFrame(new RangeError("two"), "d (/d.js:4:4)")], "several"), "e (/e.js:5:5)");
  expect(formatException(many).stacktrace).toBe(inspect(many));
});

test("properties beside causes stay out: they may hold secrets", () => {
  const error = Object.assign(new Error("request failed"), { config: { headers: { authorization: "Bearer secret" } } });
  expect(JSON.stringify(formatException(error))).not.toContain("secret");
});

test("values that are no errors have a message and no stack", () => {
  expect(formatException("text")).toEqual({ type: "string", message: "text", stacktrace: undefined });
  expect(formatException({ a: 1 })).toEqual({ type: "Object", message: "{ a: 1 }", stacktrace: undefined });
});

test("circles, depth and length are bounded, and hostile values do no harm", () => {
  const circle = new Error("round");
  circle.cause = circle;
  expect(formatException(circle).stacktrace).toContain("[cause]: [Circular]");
  let deep = new Error("0");
  for (let index = 1; index < 100; index += 1) deep = new Error(String(index), { cause: deep });
  expect(formatException(deep).stacktrace?.match(/\[cause\]/g)).toHaveLength(9);
  expect(formatException(new Error("x".repeat(1e6))).message.length).toBeLessThan(10_000);
  const hostile = new Proxy(new Error("x"), {
    get() {
      throw new Error("trap");
    },
  });
  expect(formatException(hostile).type).toBe("Error");
});
