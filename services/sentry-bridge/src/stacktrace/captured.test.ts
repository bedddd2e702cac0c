import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStack, type ParsedStack } from "./parse.ts";

const STACKS = new URL("../../fixtures/stacks/", import.meta.url);

/** One line per exception: parent, how it refers to it, package and class, message, frames, and the topmost frame of the application. */
function summary(stack: ParsedStack): string[] {
  return stack.links.map(({ header, frames, parent, source }) => {
    const type = header ? [header.module, header.type].filter(Boolean).join(" ") : "?";
    const top = frames.find((frame) => frame.in_app);
    const place = top ? `, ${top.module ? `${top.module} ` : ""}${top.function} ${top.filename}:${top.lineno ?? ""}` : "";
    return `${parent}${source === "" ? "" : ` ${source}`} ${type}: ${header?.value ?? ""} | ${frames.length} frames${place}`;
  });
}

/** What real runtimes printed (fixtures/programs/capture.sh), lines that stay unexplained, and how it must be read. */
const CAPTURED: [file: string, unexplained: number, exceptions: string[]][] = [
  ["go/error.txt", 0, [
    "-1 panic: two\nlines | 1 frames, main main /srv/app/go/main.go:49",
  ]],
  ["go/generics.txt", 0, [
    "-1 panic: strings: negative Repeat count | 4 frames, main main.func1 /srv/app/go/main.go:55",
  ]],
  ["go/goroutine-all.txt", 2, [
    "-1 panic: no pears | 3 frames, example.com/shop/cart Add /srv/app/go/cart/cart.go:6",
  ]],
  ["go/goroutine.txt", 0, [
    "-1 panic: no pears | 3 frames, example.com/shop/cart Add /srv/app/go/cart/cart.go:6",
  ]],
  ["go/handler.txt", 1, [
    "-1 ?:  | 8 frames, example.com/shop/cart Add /srv/app/go/cart/cart.go:6",
  ]],
  ["go/nil.txt", 0, [
    "-1 panic: runtime error: invalid memory address or nil pointer dereference | 1 frames, main main /srv/app/go/main.go:64",
  ]],
  ["go/otel-buy.txt", 0, [
    "-1 ?:  | 2 frames, main buy /srv/app/go-otel/main.go:17",
  ]],
  ["go/otel-crash.txt", 0, [
    "-1 ?:  | 4 frames, main pay /srv/app/go-otel/main.go:28",
  ]],
  ["go/panic.txt", 0, [
    "-1 panic: no apples | 2 frames, example.com/shop/cart Add /srv/app/go/cart/cart.go:6",
  ]],
  ["go/recovered.txt", 0, [
    "-1 ?:  | 5 frames, main (*order).check /srv/app/go/main.go:18",
  ]],
  ["go/recursion.txt", 56, [
    "-1 fatal error: stack overflow | 103 frames, main main.func3 /srv/app/go/main.go:67",
  ]],
  ["go/repanic.txt", 0, [
    "-1 panic: order failed: no apples | 5 frames, example.com/shop/cart Add /srv/app/go/cart/cart.go:6",
    "0 cause panic: no apples | 0 frames",
  ]],
  ["go/runtime-assert.txt", 0, [
    "-1 panic: interface conversion: interface {} is string, not int | 1 frames, main main /srv/app/go-runtime/main.go:44",
  ]],
  ["go/runtime-closed.txt", 0, [
    "-1 panic: close of closed channel | 1 frames, main main /srv/app/go-runtime/main.go:52",
  ]],
  ["go/runtime-code.txt", 0, [
    "-1 panic: main.code(7) | 1 frames, main main /srv/app/go-runtime/main.go:56",
  ]],
  ["go/runtime-custom.txt", 0, [
    "-1 panic: broken wheel | 1 frames, main main /srv/app/go-runtime/main.go:54",
  ]],
  ["go/runtime-deadlock.txt", 0, [
    "-1 fatal error: all goroutines are asleep - deadlock! | 3 frames, main main /srv/app/go-runtime/main.go:64",
  ]],
  ["go/runtime-divide.txt", 0, [
    "-1 panic: runtime error: integer divide by zero | 1 frames, main main /srv/app/go-runtime/main.go:48",
  ]],
  ["go/runtime-generic.txt", 0, [
    "-1 panic: wrapped: inner a | 3 frames, main main.func1 /srv/app/go-runtime/main.go:40",
  ]],
  ["go/runtime-index.txt", 0, [
    "-1 panic: runtime error: index out of range [5] with length 0 | 2 frames, main (*box[...]).at /srv/app/go-runtime/main.go:24",
  ]],
  ["go/runtime-maps.txt", 0, [
    "-1 fatal error: concurrent map writes | 3 frames, main main.func2 /srv/app/go-runtime/main.go:71",
  ]],
  ["go/runtime-method.txt", 0, [
    "-1 panic: runtime error: invalid memory address or nil pointer dereference | 2 frames, main (*order).get /srv/app/go-runtime/main.go:98",
  ]],
  ["go/runtime-nilmap.txt", 0, [
    "-1 panic: assignment to entry in nil map | 1 frames, main main /srv/app/go-runtime/main.go:42",
  ]],
  ["go/runtime-nilpanic.txt", 0, [
    "-1 panic: panic called with nil argument | 1 frames, main main /srv/app/go-runtime/main.go:60",
  ]],
  ["go/runtime-twice.txt", 0, [
    "-1 panic: second | 3 frames, main main /srv/app/go-runtime/main.go:84",
    "0 cause panic: first\nwith line | 0 frames",
  ]],
  ["go/runtime-unlock.txt", 0, [
    "-1 fatal error: sync: unlock of unlocked mutex | 5 frames, main main /srv/app/go-runtime/main.go:78",
  ]],
  ["go/trimpath.txt", 0, [
    "-1 panic: strings: negative Repeat count | 4 frames, main main.func1 example.com/shop/main.go:55",
  ]],
  ["java/circular.txt", 0, [
    "-1 java.lang RuntimeException: first | 3 frames, com.example.shop.Stacks circular Stacks.java:57",
    "0 cause java.lang RuntimeException: second | 3 frames, com.example.shop.Stacks circular Stacks.java:58",
  ]],
  ["java/future.txt", 0, [
    "-1 java.util.concurrent ExecutionException: java.lang.NumberFormatException: For input string: \"x\" | 5 frames, com.example.shop.Stacks future Stacks.java:68",
    "0 cause java.lang NumberFormatException: For input string: \"x\" | 6 frames, com.example.shop.Stacks lambda$future$1 Stacks.java:68",
  ]],
  ["java/lambda.txt", 0, [
    "-1 java.lang IndexOutOfBoundsException: Index: 5 Size: 1 | 15 frames, com.example.shop.Stacks lambda$lambda$0 Stacks.java:64",
  ]],
  ["java/nested.txt", 0, [
    "-1 com.example.shop Stacks$OutOfStock: no apples | 3 frames, com.example.shop.Stacks nested Stacks.java:46",
    "0 cause java.lang IllegalArgumentException: java.io.IOException: disk\n\tat the beach\n(second line) | 4 frames, com.example.shop.Stacks load Stacks.java:38",
    "1 cause java.io IOException: disk\n\tat the beach\n(second line) | 5 frames, com.example.shop.Stacks read Stacks.java:31",
  ]],
  ["java/nothing.txt", 0, [
    "-1 java.lang NullPointerException:  | 3 frames, com.example.shop.Stacks nothing Stacks.java:76",
  ]],
  ["java/reflection.txt", 0, [
    "-1 java.lang.reflect InvocationTargetException:  | 7 frames, com.example.shop.Stacks reflection Stacks.java:72",
    "0 cause com.example.shop Stacks$OutOfStock: no apples | 8 frames, com.example.shop.Stacks nested Stacks.java:46",
    "1 cause java.lang IllegalArgumentException: java.io.IOException: disk\n\tat the beach\n(second line) | 9 frames, com.example.shop.Stacks load Stacks.java:38",
    "2 cause java.io IOException: disk\n\tat the beach\n(second line) | 10 frames, com.example.shop.Stacks read Stacks.java:31",
  ]],
  ["java/suppressed.txt", 0, [
    "-1 com.example.shop Stacks$OutOfStock: no apples | 4 frames, com.example.shop.Stacks nested Stacks.java:46",
    "0 suppressed[0] java.io IOException: cannot close two | 4 frames, com.example.shop.Stacks$Shelf close Stacks.java:22",
    "1 cause java.lang IllegalStateException: still full | 4 frames, com.example.shop.Stacks$Shelf close Stacks.java:22",
    "0 suppressed[1] java.io IOException: cannot close one | 4 frames, com.example.shop.Stacks$Shelf close Stacks.java:22",
    "3 cause java.lang IllegalStateException: still full | 4 frames, com.example.shop.Stacks$Shelf close Stacks.java:22",
    "0 cause java.lang IllegalArgumentException: java.io.IOException: disk\n\tat the beach\n(second line) | 5 frames, com.example.shop.Stacks load Stacks.java:38",
    "5 cause java.io IOException: disk\n\tat the beach\n(second line) | 6 frames, com.example.shop.Stacks read Stacks.java:31",
  ]],
  ["java/uncaught.txt", 0, [
    "-1 com.example.shop Stacks$OutOfStock: no apples | 2 frames, com.example.shop.Stacks nested Stacks.java:46",
    "0 cause java.lang IllegalArgumentException: java.io.IOException: disk\n\tat the beach\n(second line) | 3 frames, com.example.shop.Stacks load Stacks.java:38",
    "1 cause java.io IOException: disk\n\tat the beach\n(second line) | 4 frames, com.example.shop.Stacks read Stacks.java:31",
  ]],
  ["php/chained-trace.txt", 0, [
    "-1 ?:  | 3 frames, Shop\\Cart chained <unknown>:",
  ]],
  ["php/chained.txt", 0, [
    "-1 Shop\\OutOfStock: broken cart | 3 frames, Shop\\Cart chained /srv/app/php/stacks.php:26",
    "0 previous JsonException: Syntax error | 5 frames, json_decode /srv/app/php/stacks.php:11",
  ]],
  ["php/closure-trace.txt", 0, [
    "-1 ?:  | 5 frames, Shop\\Cart Shop\\{closure} <unknown>:",
  ]],
  ["php/closure.txt", 0, [
    "-1 Shop\\OutOfStock: no apples\n#0 second line | 5 frames, Shop\\Cart Shop\\{closure} /srv/app/php/stacks.php:17",
  ]],
  ["php/native-trace.txt", 0, [
    "-1 ?:  | 4 frames, intdiv <unknown>:",
  ]],
  ["php/native.txt", 0, [
    "-1 DivisionByZeroError: Division by zero | 4 frames, intdiv /srv/app/php/stacks.php:33",
  ]],
  ["php/type-trace.txt", 0, [
    "-1 ?:  | 3 frames, Shop\\Cart add <unknown>:",
  ]],
  ["php/type.txt", 0, [
    "-1 TypeError: Shop\\Cart::add(): Argument #1 ($names) must be of type array, string given, called in /srv/app/php/stacks.php on line 41 and defined | 3 frames, Shop\\Cart add /srv/app/php/stacks.php:14",
  ]],
  ["php/uncaught.txt", 0, [
    "-1 Shop\\OutOfStock: broken cart | 2 frames, Shop\\Cart chained /srv/app/php/stacks.php:26",
    "0 previous JsonException: Syntax error | 4 frames, json_decode /srv/app/php/stacks.php:11",
  ]],
  ["python/chained.txt", 0, [
    "-1 OutOfStock: no price\nFile \"x\", line 1, in y | 2 frames, python.stacks chained /srv/app/python/stacks.py:21",
    "0 __cause__ json.decoder JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) | 5 frames, python.stacks load /srv/app/python/stacks.py:14",
  ]],
  ["python/during.txt", 0, [
    "-1 FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/apples' | 4 frames, python.stacks during /srv/app/python/stacks.py:28",
    "0 __context__ KeyError: 'apples' | 1 frames, python.stacks during /srv/app/python/stacks.py:26",
  ]],
  ["python/group.txt", 0, [
    "-1 RuntimeError: whole order failed | 2 frames, python.stacks group /srv/app/python/stacks.py:50",
    "0 __cause__ ExceptionGroup: several (3 sub-exceptions) | 1 frames, python.stacks group /srv/app/python/stacks.py:48",
    "1 exceptions[0] OutOfStock: no price\nFile \"x\", line 1, in y | 2 frames, python.stacks chained /srv/app/python/stacks.py:21",
    "2 __cause__ json.decoder JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) | 5 frames, python.stacks load /srv/app/python/stacks.py:14",
    "1 exceptions[1] FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/apples' | 4 frames, python.stacks during /srv/app/python/stacks.py:28",
    "4 __context__ KeyError: 'apples' | 1 frames, python.stacks during /srv/app/python/stacks.py:26",
    "1 exceptions[2] ExceptionGroup: nested (1 sub-exception) | 0 frames",
    "6 exceptions[0] TypeError: never raised | 0 frames",
  ]],
  ["python/many.txt", 1, [
    "-1 ExceptionGroup: many (20 sub-exceptions) | 2 frames, python.stacks many /srv/app/python/stacks.py:54",
    "0 exceptions[0] ValueError: 0 | 0 frames",
    "0 exceptions[1] ValueError: 1 | 0 frames",
    "0 exceptions[2] ValueError: 2 | 0 frames",
    "0 exceptions[3] ValueError: 3 | 0 frames",
    "0 exceptions[4] ValueError: 4 | 0 frames",
    "0 exceptions[5] ValueError: 5 | 0 frames",
    "0 exceptions[6] ValueError: 6 | 0 frames",
    "0 exceptions[7] ValueError: 7 | 0 frames",
    "0 exceptions[8] ValueError: 8 | 0 frames",
    "0 exceptions[9] ValueError: 9 | 0 frames",
    "0 exceptions[10] ValueError: 10 | 0 frames",
    "0 exceptions[11] ValueError: 11 | 0 frames",
    "0 exceptions[12] ValueError: 12 | 0 frames",
    "0 exceptions[13] ValueError: 13 | 0 frames",
    "0 exceptions[14] ValueError: 14 | 0 frames",
  ]],
  ["python/noted.txt", 0, [
    "-1 ValueError: bad amount\nwhile reading order 7\nsecond note | 2 frames, python.stacks noted /srv/app/python/stacks.py:61",
  ]],
  ["python/recursion.txt", 0, [
    "-1 ZeroDivisionError: division by zero | 53 frames, python.stacks deep /srv/app/python/stacks.py:32",
  ]],
  ["python/remote.txt", 0, [
    "-1 RuntimeError: worker died:\n\"\"\"\nTraceback (most recent call last):\n  File \"/srv/w.py\", line 1, in w\nOSError: gone\n\"\"\" | 2 frames, python.stacks remote /srv/app/python/stacks.py:69",
  ]],
  ["python/syntax.txt", 0, [
    "-1 SyntaxError: invalid syntax | 3 frames, rules <module> /srv/app/rules.py:1",
  ]],
  ["python/tasks.txt", 0, [
    "-1 ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception) | 7 frames, python.stacks main /srv/app/python/stacks.py:78",
    "0 exceptions[0] TimeoutError:  | 1 frames, python.stacks step /srv/app/python/stacks.py:75",
  ]],
  ["ruby/chained-backtrace.txt", 0, [
    "-1 ?:  | 9 frames, block in add ruby/stacks.rb:14",
  ]],
  ["ruby/chained-bottom.txt", 0, [
    "-1 Shop Shop::OutOfStock: no apples\nsecond line | 9 frames, block in add ruby/stacks.rb:14",
    "0 cause JSON JSON::ParserError: 859: unexpected token at '{' | 8 frames, load ruby/stacks.rb:9",
  ]],
  ["ruby/chained-top.txt", 0, [
    "-1 Shop Shop::OutOfStock: no apples\nsecond line | 9 frames, block in add ruby/stacks.rb:14",
    "0 cause JSON JSON::ParserError: 859: unexpected token at '{' | 8 frames, load ruby/stacks.rb:9",
  ]],
  ["ruby/empty-backtrace.txt", 0, [
    "-1 ?:  | 4 frames, block in <main> ruby/stacks.rb:34",
  ]],
  ["ruby/empty-bottom.txt", 0, [
    "-1 Shop Shop::OutOfStock:  | 4 frames, block in <main> ruby/stacks.rb:34",
  ]],
  ["ruby/empty-top.txt", 0, [
    "-1 Shop Shop::OutOfStock:  | 4 frames, block in <main> ruby/stacks.rb:34",
  ]],
  ["ruby/missing-backtrace.txt", 0, [
    "-1 ?:  | 8 frames, deep ruby/stacks.rb:25",
  ]],
  ["ruby/missing-bottom.txt", 0, [
    "-1 NoMethodError: undefined method `missing' for nil:NilClass\n\n      n.zero? ? nil.missing : deep(n - 1)\n                   ^^^^^^^^ | 8 frames, deep ruby/stacks.rb:25",
  ]],
  ["ruby/missing-top.txt", 0, [
    "-1 NoMethodError: undefined method `missing' for nil:NilClass\n\n      n.zero? ? nil.missing : deep(n - 1)\n                   ^^^^^^^^ | 8 frames, deep ruby/stacks.rb:25",
  ]],
  ["ruby/proc-backtrace.txt", 0, [
    "-1 ?:  | 7 frames, Integer ruby/stacks.rb:35",
  ]],
  ["ruby/proc-bottom.txt", 0, [
    "-1 ArgumentError: invalid value for Integer(): \"x1\" | 7 frames, Integer ruby/stacks.rb:35",
  ]],
  ["ruby/proc-top.txt", 0, [
    "-1 ArgumentError: invalid value for Integer(): \"x1\" | 7 frames, Integer ruby/stacks.rb:35",
  ]],
  ["rust/capture.txt", 0, [
    "-1 ?:  | 18 frames, main::main rust/main.rs:25",
  ]],
  ["rust/expect.txt", 0, [
    "-1 panic: no price\nfor this item | 14 frames, <main::Cart<T> as main::Total>::total::{{closure}} rust/main.rs:16",
  ]],
  ["rust/full.txt", 0, [
    "-1 panic: no price\nfor this item | 45 frames, <main::Cart<T> as main::Total>::total::{{closure}} /srv/app/rust/main.rs:16",
  ]],
  ["rust/index.txt", 0, [
    "-1 panic: index out of bounds: the len is 2 but the index is 7 | 8 frames, main::main rust/main.rs:23",
  ]],
  ["rust/none.txt", 0, [
    "-1 panic: no price\nfor this item | 1 frames, <unknown> rust/main.rs:16",
  ]],
  ["rust/thread.txt", 0, [
    "-1 panic: in a thread | 3 frames, main::main::{{closure}} rust/main.rs:24",
  ]],
];

test.each(CAPTURED)("%s", (file, unexplained, exceptions) => {
  const text = readFileSync(new URL(file, STACKS), "utf8");
  const stack = parseStack(text);
  expect(summary(stack)).toEqual(exceptions);
  expect(stack).toMatchObject({ layout: file.split("/")[0], unexplained });
  // The language orders the tries and decides nothing, whichever it is.
  for (const language of ["nodejs", "python", "java", "go", "rust", "ruby", "php", "dotnet", "elixir"]) expect(parseStack(text, "", language)).toEqual(stack);
});

test("every captured text is expected here", () => {
  const files = readdirSync(STACKS, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files).toHaveLength(CAPTURED.length);
});

function frame(file: string, link: number, index: number): unknown {
  return parseStack(readFileSync(new URL(file, STACKS), "utf8")).links[link]!.frames[index];
}

test("frames in full: names, files, source lines, whose code it is", () => {
  expect(frame("python/chained.txt", 1, 1)).toEqual({
    function: "decode",
    module: "json.decoder",
    filename: "json/decoder.py",
    abs_path: "/usr/lib/python3.11/json/decoder.py",
    lineno: 337,
    in_app: false,
    context_line: "obj, end = self.raw_decode(s, idx=_w(s, 0).end())",
  });
  expect(frame("java/reflection.txt", 0, 3)).toEqual({ function: "invoke", module: "java.lang.reflect.Method", filename: "Method.java", lineno: 569, in_app: false });
  expect(frame("go/otel-crash.txt", 0, 2)).toEqual({ function: "crash", module: "main", filename: "/srv/app/go-otel/main.go", abs_path: "/srv/app/go-otel/main.go", lineno: 25, in_app: true });
  expect(frame("rust/thread.txt", 0, 2)).toEqual({ function: "main::main::{{closure}}", filename: "rust/main.rs", abs_path: "./rust/main.rs", lineno: 24, colno: 91, in_app: true });
  expect(frame("ruby/chained-top.txt", 1, 0)).toEqual({ function: "parse", filename: "json/common.rb", abs_path: "/usr/lib/ruby/3.1.0/json/common.rb", lineno: 216, in_app: false });
  expect(frame("php/closure.txt", 0, 2)).toEqual({ function: "add", module: "Shop\\Cart", filename: "/srv/app/php/stacks.php", abs_path: "/srv/app/php/stacks.php", lineno: 16, in_app: true });
});

test("the handler that re-panics is not the culprit; the SDK's own frames are gone", () => {
  const repanic = parseStack(readFileSync(new URL("go/repanic.txt", STACKS), "utf8")).links[0]!.frames;
  expect(repanic.map((frame) => `${frame.in_app ? "*" : ""}${frame.module}.${frame.function}`)).toEqual([
    "main.repanic.func1",
    "runtime.panic",
    "*example.com/shop/cart.Add",
    "*main.repanic",
    "*main.main",
  ]);
  expect(JSON.stringify(parseStack(readFileSync(new URL("go/otel-buy.txt", STACKS), "utf8")))).not.toContain("opentelemetry");
});
