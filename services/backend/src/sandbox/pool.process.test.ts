import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openSandboxPool } from "./pool.ts";
import type { SandboxPool } from "./pool.ts";

/** Only an endless program takes that long, and those run in hasty pools. */
const options = { sandboxPoolSize: 2, sandboxTimeoutMs: 30_000, sandboxMemoryMb: 16, sandboxQueueMax: 20, sandboxQueueWaitMs: 20_000 };
const hasty = { ...options, sandboxTimeoutMs: 300 };
let pool: SandboxPool;
let hastyPool: SandboxPool;

beforeAll(async () => {
  pool = await openSandboxPool(options);
  hastyPool = await openSandboxPool(hasty);
});
afterAll(() => Promise.all([pool.close(), hastyPool.close()]));

const untilIdle = (of: SandboxPool) => vi.waitFor(() => expect(of.available()).toBe(of.size), { timeout: 50_000 });

describe("what a program answers", () => {
  test("console output by stream, then the value of the last line", async () => {
    const { outcome, output } = await pool.run(`console.log("a", 1, { b: [true, null, undefined] }); console.error(new Map([["k", 2n]])); "done"`);
    expect(outcome).toBe("success");
    expect(output).toEqual([
      { stream: "stdout", text: "a 1 { b: [ true, null, undefined ] }" },
      { stream: "stderr", text: 'Map(1) { "k" => 2n }' },
      { stream: "result", text: '"done"' },
    ]);
  });

  test("an uncaught error with the place in the program", async () => {
    const result = await pool.run("function work() {\n  throw new RangeError('too much');\n}\nwork();");
    expect(result).toMatchObject({ outcome: "error", error: { name: "RangeError", message: "too much" } });
    expect(result.error?.stack).toMatch(/^RangeError: too much\n.*work \(main\.js:2/);
  });

  test("a syntax error, and things that are no Error, thrown", async () => {
    expect(await pool.run("const x = ;")).toMatchObject({ outcome: "error", error: { name: "SyntaxError" } });
    expect(await pool.run("throw null")).toMatchObject({ outcome: "error", error: { name: "Uncaught", message: "null" } });
    expect(await pool.run("throw { a: 1 }")).toMatchObject({ outcome: "error", error: { message: "{ a: 1 }" } });
  });

  test("promises, await at the top level, and timers in their order without their length", async () => {
    const later = "const later = (ms, value) => new Promise((resolve) => setTimeout(() => { console.log(value); resolve(value); }, ms));";
    expect((await pool.run(`${later} Promise.all([later(3600000, "b"), later(5, "a")])`)).output.map(({ text }) => text)).toEqual(["a", "b", '[ "b", "a" ]']);
    expect((await pool.run(`${later} console.log(await later(9, 1) + 1)`)).output.map(({ text }) => text)).toEqual(["1", "2"]);
    expect(await pool.run("(async () => { throw new TypeError('late') })()")).toMatchObject({ outcome: "error", error: { name: "TypeError", message: "late" } });
  });

  test("values that cannot be printed simply", async () => {
    const { output } = await pool.run("const a = { self: null, get now() { throw 1 } }; a.self = a; console.log(a); console.log(Object.create(null), [1,,3], -0, Symbol('s'), class A {}, () => 1)");
    expect(output.map(({ text }) => text)).toEqual(["{ self: [Circular], now: [Getter] }", "[null prototype] {} [ 1, <empty>, 3 ] -0 Symbol(s) [class A] [Function (anonymous)]"]);
  });
});

describe("what a program cannot do", () => {
  test.for([
    ["an endless loop", "for (;;);"],
    ["an endless loop that catches everything", "for (;;) { try { for (;;); } catch {} }"],
    ["endless promises", "(function again() { Promise.resolve().then(again); })(); 1"],
    ["endless timers", "(function again() { setTimeout(again); })()"],
    ["an endless regular expression", "/(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["an endless proxy as its result", "new Proxy({}, { ownKeys() { for (;;); } })"],
    ["an endless loop inside the engine, which only ends with its thread", "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)"],
  ] as const)("run on: %s", async ([, code]) => {
    expect(await hastyPool.run(code)).toMatchObject({ outcome: "timeout", error: { name: "TimeoutError", message: "the code ran longer than 0.3 s" } });
  });

  test.for([
    ["arrays", "const all = []; while (true) all.push(new Array(1000).fill(1))"],
    ["texts", "const all = []; while (true) all.push('x'.repeat(100000) + all.length)"],
    ["one large buffer", "new ArrayBuffer(1e9)"],
  ] as const)("fill the memory: %s", async ([, code]) => {
    expect(await pool.run(code)).toMatchObject({ outcome: "memory_limit", error: { name: "MemoryLimitError" } });
  });

  test.for([
    ["a function", "function f() { return f() + 1 } f()"],
    ["a built-in", "[1].map(function f() { return [1].map(f) })"],
    ["a parser", "JSON.parse('['.repeat(200000))"],
    ["a getter", "const o = { get a() { return this.a } }; o.a"],
  ] as const)("break the stack: %s", async ([, code]) => {
    const result = await pool.run(code);
    expect(result.outcome).toBe("error");
    expect(result.error?.message).toMatch(/stack overflow|too deep/i);
  });

  test("flood the output", async () => {
    const result = await pool.run("for (let i = 0; i < 5000; i++) console.log('line ' + i)");
    expect(result.outcome).toBe("success");
    expect(result.output).toHaveLength(1_001);
    expect(result.output.at(-1)?.text).toMatch(/^\.\.\. output cut/);
    const long = await pool.run("console.log('x'.repeat(1000000))");
    expect(long.output[0]?.text).toHaveLength(65_536);
    expect(long.output).toHaveLength(2);
  });

  test("reach the service: no globals of Node, no modules, no way out through a constructor", async () => {
    const names = ["process", "require", "fetch", "global", "module", "Buffer", "WebAssembly", "Worker", "XMLHttpRequest", "Deno", "navigator"];
    const found = await pool.run(`${JSON.stringify(names)}.filter((name) => name in globalThis)`);
    expect(found.output).toEqual([{ stream: "result", text: "[]" }]);
    expect((await pool.run("import fs from 'node:fs'; await 1")).error?.message).toContain("could not load module");
    expect(await pool.run("console.log.constructor('return typeof process')() + setTimeout.constructor.constructor('return typeof this.process')()")).toMatchObject({
      output: [{ stream: "result", text: '"undefinedundefined"' }],
    });
  });

  test("change what the next program sees, or what is said about it", async () => {
    const spoiled = await pool.run(
      "Object.prototype.polluted = 1; Array.prototype.push = Array.prototype.map = () => 'x'; JSON.stringify = () => '{}'; console.log = null; Error.prototype.name = 'Spoiled'; globalThis.left = 1; throw new Error('own')",
    );
    expect(spoiled.outcome).toBe("error");
    expect(await pool.run("String.prototype.split = () => { throw new Error('no') }; throw new Error('own')")).toMatchObject({ outcome: "error", error: { message: "the error cannot be shown: no" } });
    for (let i = 0; i < 4; i += 1) {
      expect(await pool.run("[typeof left, ({}).polluted, [1].map((n) => n + 1), new Error('x').name]")).toMatchObject({
        outcome: "success",
        output: [{ stream: "result", text: '[ "undefined", undefined, [ 2 ], "Error" ]' }],
      });
    }
  });
});

describe("the pool", () => {
  test("counts what is free, queues the rest, and is whole again after everything that ended a thread", async () => {
    const pool = await openSandboxPool({ ...options, sandboxTimeoutMs: 3_000 });
    try {
      await untilIdle(pool);
      const running = [pool.run("for (;;);"), pool.run("new ArrayBuffer(1e9)")];
      expect(pool.available()).toBe(0);
      const waiting = pool.run("'after'");
      expect((await waiting).output).toEqual([{ stream: "result", text: '"after"' }]);
      expect((await Promise.all(running)).map(({ outcome }) => outcome)).toEqual(["timeout", "memory_limit"]);
      await untilIdle(pool);
    } finally {
      await pool.close();
    }
  });

  test("refuses when the queue is full, and when the wait is too long", async () => {
    const pool = await openSandboxPool({ ...options, sandboxQueueMax: 1, sandboxQueueWaitMs: 100 });
    try {
      await untilIdle(pool);
      // They run until the pool is closed.
      for (let n = 0; n < pool.size; n += 1) pool.run("for (;;);").catch(() => undefined);
      const waiting = pool.run("1");
      await expect(pool.run("2")).rejects.toMatchObject({ code: "SANDBOX_BUSY", message: expect.stringContaining("1 requests wait") });
      await expect(waiting).rejects.toMatchObject({ code: "SANDBOX_BUSY", message: expect.stringContaining("100 ms") });
    } finally {
      await pool.close();
    }
  });

  test("fails what runs and what waits when it is closed", async () => {
    const pool = await openSandboxPool({ ...options, sandboxPoolSize: 1 });
    await untilIdle(pool);
    const all = Promise.allSettled([pool.run("for (;;);"), pool.run("1")]);
    await pool.close();
    expect((await all).map((result) => result.status === "rejected" && result.reason.code)).toEqual(["SHUTTING_DOWN", "SHUTTING_DOWN"]);
    await expect(pool.run("1")).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });
});
