import { expect, test } from "vitest";
import { LAYOUTS, parseStack } from "./parse.ts";

const SIZE = 2_000_000;
const fill = (line: string): string => line.repeat(Math.ceil(SIZE / line.length)).slice(0, SIZE);

/** Each is what some pattern of some layout would be slow on, were it not linear: minutes instead of a part of a second. */
const TEXTS = [
  fill("    at "),
  fill("    at f (/x.js:1:2)\n"),
  `Error: x\n    at ${fill("(")}`,
  `Error: x\n    at f ${fill("(eval at ")}`,
  fill(":1"),
  fill("@"),
  fill(" line 1 > eval"),
  `@https://x/${fill(" line 1 > eval")}:1:1`,
  fill("[cause]: "),
  fill("  [cause]: Error: x\n"),
  fill("    ... 4 lines matching cause stack trace ...\n    at f (/x.js:1:2)\n"),
  fill("[errors]: [\n  Error: x\n"),
  fill("]"),
  fill("\n"),
  fill(" "),
  fill("A"),
  `${fill("a.")}: x`,
  `Error: ${fill("x: ")}\n    at f (/x.js:1:2)`,
  `Traceback (most recent call last):\n${fill('  File "/x.py", line 1, in f\n    f()\n  [Previous line repeated 999999 more times]\n')}`,
  `Traceback (most recent call last):\n  File "${fill('"')}`,
  fill("Traceback (most recent call last):\nA: b\n\nDuring handling of the above exception, another exception occurred:\n\n"),
  `  + Exception Group Traceback (most recent call last):\n  | A: b\n${fill("  +-+---------------- 1 ----------------\n    | A: b\n")}`,
  `a.B: x\n\tat a.B.c(B.java:1)\n${fill("Caused by: a.B: x\n\t... 1 more\n")}`,
  `a.B: x\n${fill("\tat a.B.c(B.java:1)\n\tSuppressed: a.C: y\n\t\t... 1 more\n")}`,
  `\tat ${fill("a/")}.c(B.java:1)`,
  `\tat a.c(B.java:1) ${fill("[")}]`,
  `goroutine 1 [running]:\n${fill("main.f(")}\n\t/x.go:1`,
  `goroutine 1 [running]:\n${fill("main.f()\n\t/x.go:1 +0x1\n")}`,
  fill("panic: x\n\t"),
  `thread 'main' panicked at ${fill("':")}:\n   0: a`,
  `stack backtrace:\n${fill("   0: a::b\n             at /x.rs:1:2\n")}`,
  `stack backtrace:\n   0: ${fill("a[00000000]::")}`,
  fill("Caused by:\n    0: x\n"),
  `/x.rb:1:in 'f': ${fill("(A) ")}\n\tfrom /x.rb:2:in 'g'`,
  fill("/x.rb:1:in 'f': a (A)\n"),
  fill("\t1: from /x.rb:1:in 'f'\n"),
  `A: x in /x.php:1\nStack trace:\n${fill("#0 /x.php(1): f()\n")}`,
  `${fill("A in /x:1 in ")}\n#0 /x.php(1): f()`,
  `#0 ${fill("(1): ")}`,
  `A: x\n${fill(" ---> B: y\n   at a.b()\n")}`,
  `A: x\n   at ${fill("<a>")}(b)`,
  `A: x\n   at ${fill("a.b() in c:line 1")}`,
  `A: x\n   at a.b()\n${fill(" ---> (Inner Exception #1) B: y<---\n")}`,
  `** (A) x\n${fill("    (a 1) b.ex:1: A.b/1\n")}`,
  `** (A) x\n    (a 1) ${fill("b:1: ")}`,
];
/** The same in lines of a length that the readers still take for a frame's. */
const LONG_LINES = ["    at a (", "    at f (eval at g (", "/gems/", "\tat a/", "   at a.b() in c:line 1", "main.f(", "   0: a::", "/x.rb:1:in 'f': (A) ", "#0 /x(1): ", '  File "a/src/', "    (a 1) b:1: ", "@https://x/ line 1 > eval"].map((piece) =>
  fill(`${piece.repeat(Math.floor(16_000 / piece.length))}\n`),
);

// No time is asserted: a reader that is not linear runs into the test's limit, far away.
test.each([...LAYOUTS])("hostile texts of 2 MB are read to the end: %s", { timeout: 300_000 }, (_, read) => {
  for (const text of [...TEXTS, ...LONG_LINES]) expect(read(text, "x").links.length).toBeLessThanOrEqual(51);
});

test("of a text beyond reason both ends are read, and it is said that this is not all", () => {
  const deep = parseStack(`Error: x\n${"    at f (/x.js:1:2)\n".repeat(100_000)}    at main (/y.js:3:4)`);
  expect(deep).toMatchObject({ layout: "v8", unexplained: 1 });
  expect(deep.frameCount).toBeGreaterThan(20_000);
  expect([deep.links[0]!.frames[0]!.function, deep.links[0]!.frames.at(-1)!.function]).toEqual(["f", "main"]);
});
