import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FUZZ, FUZZ_LIMIT_MS, FUZZ_NAME } from "../testing/fuzz.ts";
import { MAX_LINKS } from "./chain.ts";
import { LAYOUTS, parseStack } from "./parse.ts";

const STACKS = new URL("../../fixtures/stacks/", import.meta.url);
const CAPTURED = readdirSync(STACKS, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(`${entry.parentPath}/${entry.name}`, "utf8"));
const WRITTEN = [
  "Error: outer\n    at handler (/app/src/run.ts:10:5)\n    at async Promise.all (index 0) {\n  [errors]: [\n    TypeError: a\n        at f (/app/a.js:1:2),\n    [RangeError: b]\n  ],\n  [cause]: Error: inner\n      at eval (eval at g (/x.js:1:2), <anonymous>:3:4)\n}",
  "f@https://shop.example/app.js:1:2\nasync*g@https://shop.example/app.js:3:4\n@debugger eval code:1:1",
  "render@https://shop.example/app.js:10:20\n[native code]\nglobal code@https://shop.example/:1:2",
  "Shop.OrderException: late ---> System.IO.IOException: disk\n   at Shop.Store.Read(String name) in /src/Store.cs:line 12\n   --- End of inner exception stack trace ---\n   at Shop.Cart.<AddAsync>d__4.MoveNext()",
  "** (ArgumentError) bad\n    (shop 1.0.0) lib/cart.ex:12: Shop.Cart.add/2\n    (stdlib 5.0) gen_server.erl:1123: :gen_server.try_handle_call/4",
];
const TEXTS = [...CAPTURED, ...WRITTEN];
const LINES = [...new Set(TEXTS.flatMap((text) => text.split("\n")))];

/** Pieces by which the layouts tell lines apart, put together at random. */
const PIECES = [
  "    at ", "at ", "async ", "f (", ")", "/x.js:1:2)", ":3", " {", "[cause]: ", "[errors]: [", "]", "}", "Error: ", "Caused by: ", "\tSuppressed: ", "\t... 1 more", "... 4 lines matching cause stack trace ...", "@", "https://x/y", "eval at ", " line 1 > eval",
  "Traceback (most recent call last):", '  File "/x.py", line 1, in f', "  | ", "  +-+---------------- 1 ----------------", "  [Previous line repeated 9 more times]", "goroutine 1 [running]:", "main.f(", "\t/x.go:1", "panic: ", "created by ",
  "thread 'main' panicked at x.rs:1:2:", "stack backtrace:", "   0: a::b", "             at /x.rs:1:2", "\tfrom /x.rb:1:in 'f'", "/x.rb:1:in 'f': a (A)", "#0 /x.php(1): f()", "Stack trace:", "Next A: b in /x.php:1", " ---> ", "<---", "   --- End of inner exception stack trace ---", "** (A) ", "    (a 1.0) b.ex:1: A.b/1",
  "\n", "\n", "\n", "\r\n", " ", "\t", "\u{1F4A5}", "\u0000", "0", "a", "A: b",
];

const madeUp = fc.array(fc.constantFrom(...PIECES), { maxLength: 60, size: "max" }).map((pieces) => pieces.join(""));
const shuffled = fc.array(fc.oneof(fc.constantFrom(...LINES), fc.constantFrom(...PIECES)), { maxLength: 40, size: "max" }).map((lines) => lines.join("\n"));
/** A real text with a part of it cut out, doubled, or replaced. */
const spoilt = fc
  .tuple(fc.constantFrom(...TEXTS), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(80), fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...PIECES), fc.constantFrom(...LINES)))
  .map(([text, at, length, piece]) => {
    const start = Math.floor(at * text.length);
    return text.slice(0, start) + piece + text.slice(start + length);
  });
const anyText = fc.oneof(madeUp, shuffled, spoilt, fc.string({ unit: "binary", maxLength: 300, size: "max" }));
const anyMessage = fc.oneof(fc.constantFrom("", "x", "no apples", ...PIECES), fc.string());

describe(`fuzz, ${FUZZ_NAME}`, { timeout: FUZZ_LIMIT_MS }, () => {
  test.each([...LAYOUTS])("%s never throws, and counts right, on any text", (_, read) => {
    fc.assert(
      fc.property(anyText, anyMessage, (text, message) => {
        const { links, frameCount, unexplained } = read(text, message);
        expect(links.reduce((sum, link) => sum + link.frames.length, 0)).toBe(frameCount);
        expect(links.length).toBeLessThanOrEqual(MAX_LINKS + 1);
        expect(unexplained).toBeGreaterThanOrEqual(0);
        for (const [i, { parent }] of links.entries()) expect(parent).toSatisfy((index: number) => (i === 0 ? index === -1 : index >= 0 && index < i));
      }),
      FUZZ,
    );
  });

  test("the language only orders the tries: with any the same number of lines stays unexplained", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("nodejs", "webjs", ...LAYOUTS.keys(), "cobol"), (text, language) => {
        expect(parseStack(text, "", language).unexplained).toBe(parseStack(text, "").unexplained);
      }),
      FUZZ,
    );
  });
});

/** Lines that no layout knows, some of which look nearly like one of theirs. */
const STRANGE = [
  "zebra", "  zebra", "\tzebra", "zebra: 1", "at zebra", "    at zebra", "  zebra()", "  [zebra]", "    code: 'zebra',", "#zebra", "-- zebra --", "(zebra)", "zebra:12", "    zebra = zebra + 1", "\t\tzebra", "| zebra", "caused zebra", "zebra (Zebra)", "... zebra", "[cause]: zebra", "Caused by: zebra", "   at zebra", "zebra@zebra", "goroutine zebra", "--- zebra ---", "#1 zebra", "{zebra}", "from zebra", "~~~ zebra ^^^", "note: zebra", "zebra <---", " ---> zebra", "\tfrom zebra", "zebra]",
];

/** Places that are tried in each text, evenly spread: together those of all texts are every kind of place. */
const PLACES = 12;

// Whatever stands there is either in the exceptions that were read, or counted, so that the text is sent whole.
test.each(TEXTS.map((text) => [text.slice(0, 60), text]))("nothing is lost: a line that no layout knows is kept, wherever it stands in %j", { timeout: FUZZ_LIMIT_MS }, (_, text) => {
  const lines = text.split("\n");
  const lost: string[] = [];
  for (let at = 0; at <= lines.length; at += Math.ceil((lines.length + 1) / PLACES)) {
    for (const line of STRANGE) {
      const { layout, links, unexplained } = parseStack(lines.toSpliced(at, 0, line).join("\n"));
      if (layout !== "text" && unexplained === 0 && !JSON.stringify(links).includes("zebra")) lost.push(`${line} at line ${at} (${layout})`);
    }
  }
  expect(lost).toEqual([]);
});
