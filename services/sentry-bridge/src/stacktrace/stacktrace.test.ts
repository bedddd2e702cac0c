import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseStack, type ParsedStack } from "./parse.ts";

/** Frames as short text, innermost call first: `function file:line:column` with ` *` for the application's own. */
function frames(stack: ParsedStack, link = 0): string[] {
  return stack.links[link]!.frames.map(
    ({ function: name, filename, lineno, colno, in_app }) => `${name} ${filename}${lineno === undefined ? "" : `:${lineno}`}${colno === undefined ? "" : `:${colno}`}${in_app ? " *" : ""}`,
  );
}

function chain(stack: ParsedStack): string[] {
  return stack.links.map(({ header, parent, source }) => `${parent} ${source} ${header?.type}: ${header?.value}`);
}

/** Runs a program in this Node and returns what it printed for an error: a real stack, not one written by hand. */
function realStack(file: string, program: string): { text: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), "bridge stack (1)-"));
  try {
    const path = join(folder, file);
    writeFileSync(path, program);
    return { text: execFileSync(process.execPath, [path], { encoding: "utf8" }).trimEnd(), path };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("Node, ES module: path with spaces and brackets, method, constructor, async, native", () => {
  const { text, path } = realStack(
    "app.mjs",
    `class Shop { static sell() { return new Shop() } constructor() { [1].map(() => { throw new RangeError("sold out") }) } }
async function main() { await null; Shop.sell() }
try { await main() } catch (error) { console.log(error.stack) }`,
  );
  const stack = parseStack(text);
  expect(chain(stack)).toEqual(["-1  RangeError: sold out"]);
  expect(frames(stack)).toEqual([
    `<anonymous> ${path}:1:88 *`,
    "Array.map <anonymous>",
    `new Shop ${path}:1:70 *`,
    `Shop.sell ${path}:1:37 *`,
    `main ${path}:2:42 *`,
    `<anonymous> ${path}:3:7 *`,
  ]);
  expect(stack).toMatchObject({ layout: "v8", unexplained: 0 });
  expect(stack.links[0]!.frames[0]).toMatchObject({ abs_path: path, module: "app" });
});

test("Node, CommonJS: runtime frames are not the application's", () => {
  const { text, path } = realStack("app.cjs", `const error = new Error("a\\n    at the beach\\nb"); console.log(error.stack)`);
  const stack = parseStack(text);
  expect(stack.links[0]!.header).toEqual({ type: "Error", value: "a\n    at the beach\nb" });
  expect(frames(stack)[0]).toBe(`Object.<anonymous> ${path}:1:15 *`);
  expect(stack.links[0]!.frames.slice(1).every((frame) => frame.filename.startsWith("node:internal/") && !frame.in_app)).toBe(true);
  expect(stack.links[0]!.frames.length).toBeGreaterThan(3);
});

test("Node: eval and new Function point at the line that made the code, Promise.all has no line", () => {
  const { text, path } = realStack(
    "eval.mjs",
    `async function run() { await null; eval("(function made(){ throw new Error('x') })()") }
try { await Promise.all([run()]) } catch (error) { console.log(error.stack) }`,
  );
  expect(frames(parseStack(text)).slice(0, 4)).toEqual([`made ${path}:1:36 *`, `eval ${path}:1:36 *`, `run ${path}:1:36 *`, "Promise.all <anonymous>"]);
});

test("Node: chain of causes as util.inspect prints it, with shared frames put back", () => {
  const { text, path } = realStack(
    "chain.cjs",
    `const { inspect } = require("node:util"); Error.stackTraceLimit = 50;
function deep() { throw new TypeError("inner\\nsecond line") }
function middle() { try { deep() } catch (cause) { throw Object.assign(new Error("middle", { cause }), { code: "E_MID" }) } }
function outer() { try { middle() } catch (cause) { throw new Error("outer", { cause }) } }
try { outer() } catch (error) { console.log(inspect(error)) }`,
  );
  expect(text).toContain("lines matching cause stack trace");
  const stack = parseStack(text);
  expect(chain(stack)).toEqual(["-1  Error: outer", "0 cause Error: middle", "1 cause TypeError: inner\nsecond line"]);
  expect(frames(stack, 0).slice(0, 2)).toEqual([`outer ${path}:4:59 *`, `Object.<anonymous> ${path}:5:7 *`]);
  expect(frames(stack, 2).slice(0, 3)).toEqual([`deep ${path}:2:25 *`, `middle ${path}:3:27 *`, `outer ${path}:4:26 *`]);
  // All three end in the same runtime frames, though the text shows them once.
  const tails = [0, 1, 2].map((link) => frames(stack, link).slice(-4));
  expect(tails[0]).toEqual(tails[2]);
  expect(tails[1]).toEqual(tails[2]);
  // `code: 'E_MID'` is a property, so the raw text is worth keeping.
  expect(stack.unexplained).toBe(1);
});

test("Node: AggregateError is a group whose members may have causes", () => {
  const { text, path } = realStack(
    "group.mjs",
    `import { inspect } from "node:util";
const group = new AggregateError([new RangeError("one"), new TypeError("two", { cause: new Error("why") }), "no error", new Error("last")], "several");
console.log(inspect(group, { depth: 10 }))`,
  );
  const stack = parseStack(text);
  expect(chain(stack)).toEqual(["-1  AggregateError: several", "0 errors[0] RangeError: one", "0 errors[1] TypeError: two", "2 cause Error: why", "0 errors[3] Error: last"]);
  expect(stack.links.map((_, i) => frames(stack, i)[0])).toEqual([15, 35, 58, 88, 121].map((column) => `<anonymous> ${path}:2:${column} *`));
});

test("Node: errors without frames stand in brackets; a cause that is no error stays in the text", () => {
  const { text } = realStack(
    "odd.mjs",
    `import { inspect } from "node:util";
const bare = new Error("bare"); bare.stack = "Error: bare";
console.log(inspect(new Error("outer", { cause: bare })) + "\\n#\\n" + inspect(new Error("text cause", { cause: "just text" })) + "\\n#\\n");
try { await Promise.any([Promise.reject(new Error("a"))]) } catch (error) { console.log(inspect(error)) }`,
  );
  const [first, second, third] = text.split("\n#\n").map((part) => parseStack(part.trim()));
  expect(chain(first!)).toEqual(["-1  Error: outer", "0 cause Error: bare"]);
  expect(chain(second!)).toEqual(["-1  Error: text cause"]);
  expect(second!.unexplained).toBe(1);
  expect(chain(third!)).toEqual(["-1  AggregateError: All promises were rejected", "0 errors[0] Error: a"]);
});

test("plain `Caused by:` lines chain as well, at the margin or indented", () => {
  const stack = parseStack("Error: a\n    at f (/app/x.js:1:2)\nCaused by: TypeError: b\n    at g (/app/x.js:3:4)\nCaused by: Error: c\n    at h (/app/x.js:5:6)");
  expect(chain(stack)).toEqual(["-1  Error: a", "0 cause TypeError: b", "1 cause Error: c"]);
  expect(chain(parseStack("Error: a\n    at f (/app/x.js:1:2)\n    Caused by: Error: b\n        at g (/app/x.js:3:4)"))).toEqual(["-1  Error: a", "0 cause Error: b"]);
});

test("`[cause]:` at the margin, as pages write it, chains too; Firefox has no header there", () => {
  const chromium = "Error: a\n    at f (https://x/a.js:1:2)\n[cause]: TypeError: b\n    at g (https://x/a.js:3:4)\n[cause]: Error: c\n    at h (https://x/a.js:5:6)";
  expect(chain(parseStack(chromium))).toEqual(["-1  Error: a", "0 cause TypeError: b", "1 cause Error: c"]);
  const firefox = parseStack("f@https://x/a.js:1:2\n[cause]: g@https://x/a.js:3:4\nh@https://x/a.js:5:6\n[cause]: i@https://x/a.js:7:8", "a");
  expect(firefox).toMatchObject({ layout: "gecko", unexplained: 0 });
  expect([0, 1, 2].map((link) => frames(firefox, link))).toEqual([["f /a.js:1:2 *"], ["g /a.js:3:4 *", "h /a.js:5:6 *"], ["i /a.js:7:8 *"]]);
  expect(firefox.links.map((link) => link.parent)).toEqual([-1, 0, 1]);
});

test("Node: the places a frame can name", () => {
  const stack = parseStack(
    [
      "Error [ERR_X]: odd places",
      "    at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:95:5)",
      "    at file:///C:/app/src/x.ts:1:2",
      "    at f (C:\\app\\src\\y.ts:3:4)",
      "    at wasm (wasm://wasm/0001:wasm-function[3]:0x1a)",
      "    at async /app/node_modules/@scope/pkg/dist/i.mjs:9:9",
      "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
      "    at new Promise (<anonymous>)",
    ].join("\n"),
  );
  expect(stack.links[0]!.header).toEqual({ type: "Error", value: "odd places" });
  expect(frames(stack)).toEqual([
    "Layer.handle /app/node_modules/express/lib/router/layer.js:95:5",
    "<anonymous> C:/app/src/x.ts:1:2 *",
    "f C:\\app\\src\\y.ts:3:4 *",
    "wasm wasm://wasm/0001:wasm-function[3]:0x1a",
    "<anonymous> /app/node_modules/@scope/pkg/dist/i.mjs:9:9",
    "process.processTicksAndRejections node:internal/process/task_queues:105:5",
    "new Promise <anonymous>",
  ]);
  expect(stack.links[0]!.frames.map((frame) => frame.module)).toEqual(["express.lib.router:layer", "src:x", "src:y", undefined, "@scope.pkg.dist:i", undefined, undefined]);
});

test("Chromium: URLs keep their address, lose their query; extensions are not the application", () => {
  const stack = parseStack(
    [
      "Uncaught TypeError: x is not a function",
      "    at render (https://shop.example/assets/index-a1b2.js?v=3:10:20)",
      "    at HTMLButtonElement.<anonymous> (https://shop.example/assets/index-a1b2.js:11:5)",
      "    at chrome-extension://abcdef/content.js:1:1",
      "    at eval (webpack-internal:///./src/App.tsx:7:3)",
      "    at <anonymous>:1:7",
    ].join("\n"),
  );
  expect(stack).toMatchObject({ layout: "v8", unexplained: 0 });
  expect(stack.links[0]!.header).toEqual({ type: "TypeError", value: "x is not a function" });
  expect(frames(stack)).toEqual([
    "render /assets/index-a1b2.js:10:20 *",
    "HTMLButtonElement.<anonymous> /assets/index-a1b2.js:11:5 *",
    "<anonymous> /content.js:1:1",
    "eval /./src/App.tsx:7:3 *",
    "<anonymous> <anonymous>:1:7",
  ]);
  expect(stack.links[0]!.frames[0]!.abs_path).toBe("https://shop.example/assets/index-a1b2.js");
});

test("Firefox: async markers, eval, anonymous, an @ in the URL", () => {
  const stack = parseStack(
    [
      "render/inner@https://shop.example/assets/app.js:10:20",
      "@https://cdn.example/react@18/react.js:3:7",
      "async*load@https://shop.example/assets/app.js:1:2",
      "setTimeout handler*start@https://shop.example/assets/app.js:5:6",
      "made@https://shop.example/assets/app.js line 26 > eval line 2 > eval:4:18",
      "@debugger eval code:1:9",
    ].join("\n"),
    "x is undefined",
  );
  expect(stack).toMatchObject({ layout: "gecko", unexplained: 0 });
  expect(frames(stack)).toEqual([
    "render/inner /assets/app.js:10:20 *",
    "<anonymous> /react@18/react.js:3:7 *",
    "load /assets/app.js:1:2 *",
    "start /assets/app.js:5:6 *",
    "made /assets/app.js:26 *",
    "<anonymous> debugger eval code:1:9 *",
  ]);
});

test("Safari: bare addresses, native code, global code", () => {
  const stack = parseStack(
    ["render@https://shop.example/assets/app.js:10:20", "https://cdn.example/react@18/react.js:3:7", "map@[native code]", "[native code]", "global code@https://shop.example/:1:2"].join("\n"),
  );
  expect(stack).toMatchObject({ layout: "jsc", unexplained: 0 });
  expect(frames(stack)).toEqual([
    "render /assets/app.js:10:20 *",
    "<anonymous> /react@18/react.js:3:7 *",
    "map [native code]",
    "<anonymous> [native code]",
    "global code https://shop.example/:1:2 *",
  ]);
});

test.each([
  ["prose", "it broke at noon, mail me@example.com:25 about it"],
  ["several lines", "it broke\n  by noon (12:30)\n\tsomewhere: 12\n#0 reason"],
  ["nothing", ""],
])("a text of no layout is left as text: %s", (_, text) => {
  expect(parseStack(text)).toMatchObject({ layout: "text", frameCount: 0 });
});

test("what stands before the header counts as unexplained, so that it is kept", () => {
  expect(parseStack("/app/x.js:3\n  throw x\n  ^\n\nError: x\n    at f (/app/x.js:1:2)")).toMatchObject({ layout: "v8", frameCount: 1, unexplained: 4 });
});
