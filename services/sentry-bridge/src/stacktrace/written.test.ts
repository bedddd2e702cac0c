import { expect, test } from "vitest";
import { parseStack, type ParsedStack } from "./parse.ts";

/** Texts written by hand after the runtimes' formatters: languages that cannot be run where the fixtures are made. */
function summary(stack: ParsedStack): string[] {
  return stack.links.map(({ header, frames, parent, source }) => `${parent} ${source} ${header?.module ?? ""} ${header?.type}: ${header?.value} | ${frames.map(place).join(" | ")}`);
}

function place(frame: ParsedStack["links"][number]["frames"][number]): string {
  return `${frame.in_app ? "*" : ""}${frame.module ?? ""} ${frame.function} ${frame.filename}${frame.lineno === undefined ? "" : `:${frame.lineno}`}`;
}

/** The layout, with how many lines it left unexplained, then its exceptions. */
function read(text: string): string[] {
  const stack = parseStack(text);
  return [`${stack.layout} ${stack.unexplained}`, ...summary(stack)];
}

test(".NET: inner exceptions, async methods, lambdas, generics, constructors, files", () => {
  const text = [
    "System.InvalidOperationException: order failed",
    "second line",
    " ---> System.IO.FileNotFoundException: Could not find file '/data/x'.",
    " ---> Shop.DiskException",
    "   at Shop.Disk..ctor(String path)",
    "   --- End of inner exception stack trace ---",
    "   at System.IO.File.OpenRead(String path)",
    "   at Shop.Store.Load[T](String path) in /src/Shop/Store.cs:line 42",
    "   --- End of inner exception stack trace ---",
    "   at Shop.Orders.<PlaceAsync>d__5.MoveNext() in C:\\src\\Shop\\Orders.cs:line 17",
    "--- End of stack trace from previous location ---",
    "   at Shop.Program.<>c__DisplayClass0_0.<Main>b__0(Int32 i) in /src/Shop/Program.cs:line 9",
    "   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext httpContext)",
  ].join("\n");
  expect(read(
    text)).toEqual(["dotnet 0", 
      "-1   System.InvalidOperationException: order failed\nsecond line | *Shop.Orders PlaceAsync C:\\src\\Shop\\Orders.cs:17 | *Shop.Program Main /src/Shop/Program.cs:9 | Microsoft.AspNetCore.Routing.EndpointMiddleware Invoke <unknown>",
      "0 InnerException  System.IO.FileNotFoundException: Could not find file '/data/x'. | System.IO.File OpenRead <unknown> | *Shop.Store Load[T] /src/Shop/Store.cs:42",
      "1 InnerException  Shop.DiskException:  | *Shop.Disk .ctor <unknown>",
    ],
  );
});

test(".NET: AggregateException is a group", () => {
  expect(read(
    [
      "System.AggregateException: One or more errors occurred. (a) (b)",
      " ---> System.ArgumentException: a",
      "   at Shop.A.Run() in /src/A.cs:line 1",
      "   --- End of inner exception stack trace ---",
      "   at System.Threading.Tasks.Task.WaitAll(Task[] tasks)",
      " ---> (Inner Exception #1) System.TimeoutException: b",
      " ---> System.Exception: why",
      "   at Shop.C.Run() in /src/C.cs:line 3",
      "   --- End of inner exception stack trace ---",
      "   at Shop.B.Run() in /src/B.cs:line 2<---",
      "",
    ].join("\n"))).toEqual(["dotnet 0", 
      "-1   System.AggregateException: One or more errors occurred. (a) (b) | System.Threading.Tasks.Task WaitAll <unknown>",
      "0 InnerExceptions[0]  System.ArgumentException: a | *Shop.A Run /src/A.cs:1",
      "0 InnerExceptions[1]  System.TimeoutException: b | *Shop.B Run /src/B.cs:2",
      "2 InnerException  System.Exception: why | *Shop.C Run /src/C.cs:3",
    ],
  );
});

test("Elixir: applications, Erlang modules, anonymous functions, with and without a header", () => {
  const frames = [
    "    (shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.add/2",
    "    (shop 0.1.0) lib/shop/cart.ex:9: anonymous fn/1 in Shop.Cart.all/1",
    "    (elixir 1.17.2) lib/enum.ex:1703: Enum.\"-map/2-lists^map/1-1-\"/2",
    "    (stdlib 6.0) gen_server.erl:2209: :gen_server.try_handle_call/4",
    "    lib/script.exs:3: (file)",
  ];
  const expected =
    "*Shop.Cart add/2 lib/shop/cart.ex:12 | *Shop.Cart anonymous fn/1 in Shop.Cart.all/1 lib/shop/cart.ex:9 | Enum \"-map/2-lists^map/1-1-\"/2 lib/enum.ex:1703 | gen_server try_handle_call/4 gen_server.erl:2209 | * (file) lib/script.exs:3";
  expect(read(["** (Shop.OutOfStockError) no apples", "second line", ...frames].join("\n"))).toEqual(["elixir 0", `-1   Shop.OutOfStockError: no apples\nsecond line | ${expected}`]);
  expect(read(frames.join("\n"))).toEqual(["elixir 0", `-1   undefined: undefined | ${expected}`]);
});

test("Ruby 3.4: labels with their class, both quotes", () => {
  expect(read(
    "/srv/app/shop.rb:3:in 'Shop::Cart#add': no apples (Shop::OutOfStock)\n\tfrom /srv/app/shop.rb:7:in 'block in Shop::Cart.all'\n\tfrom /usr/local/bundle/gems/rack-3.1.7/lib/rack/head.rb:15:in 'Rack::Head#call'\n\tfrom <internal:kernel>:187:in 'Kernel#loop'\n")).toEqual(["ruby 0", 
      "-1  Shop Shop::OutOfStock: no apples | *Shop::Cart add /srv/app/shop.rb:3 | *Shop::Cart block in all /srv/app/shop.rb:7 | Rack::Head call rack-3.1.7/lib/rack/head.rb:15 | Kernel loop <internal:kernel>:187",
    ],
  );
});

test("PHP as OpenTelemetry writes it: Java's layout with dots for namespaces", () => {
  expect(read(
    "Shop.OutOfStock: broken cart\n\tat Shop.Cart.chained(Cart.php:26)\n\tat Illuminate.Routing.Router.dispatch(Router.php:9)\n\tat {main}(index.php:38)\nCaused by: JsonException: Syntax error\n\tat json_decode(Unknown Source)\n\tat Shop.Cart.load(Cart.php:24)\n\t... 2 more")).toEqual(["java 0", 
      "-1   Shop\\OutOfStock: broken cart | *Shop\\Cart chained Cart.php:26 | Illuminate\\Routing\\Router dispatch Router.php:9 | * {main} index.php:38",
      "0 cause  JsonException: Syntax error |  json_decode [internal function] | *Shop\\Cart load Cart.php:24 | Illuminate\\Routing\\Router dispatch Router.php:9 | * {main} index.php:38",
    ],
  );
});

test("Kotlin and Scala: coroutines, lambdas, logback's jar names, module and loader names, hidden classes", () => {
  expect(read(
    [
      "shop.OutOfStock: no apples",
      "\tat shop.CartKt$main$1.invokeSuspend(Cart.kt:12) ~[shop.jar:1.0]",
      "\tat kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33) ~[kotlin-stdlib.jar:?]",
      "\tat app//shop.Cart$.$anonfun$add$1(Cart.scala:7)",
      "\tat shop.Cart$$Lambda$14/0x0000000800066840.apply(Unknown Source)",
      "\tat java.base@21.0.1/java.lang.Thread.run(Thread.java:1583)",
      "Caused by: java.io.IOException",
      "\tat shop.Disk.read(SourceFile:3)",
      "\t... 5 common frames omitted",
    ].join("\n"))).toEqual(["java 0", 
      "-1  shop OutOfStock: no apples | *shop.CartKt$main$1 invokeSuspend Cart.kt:12 | kotlin.coroutines.jvm.internal.BaseContinuationImpl resumeWith ContinuationImpl.kt:33 | *shop.Cart$ $anonfun$add$1 Cart.scala:7 | *shop.Cart$$Lambda apply <unknown> | java.lang.Thread run Thread.java:1583",
      "0 cause java.io IOException:  | *shop.Disk read <unknown>:3 | *shop.CartKt$main$1 invokeSuspend Cart.kt:12 | kotlin.coroutines.jvm.internal.BaseContinuationImpl resumeWith ContinuationImpl.kt:33 | *shop.Cart$ $anonfun$add$1 Cart.scala:7 | *shop.Cart$$Lambda apply <unknown> | java.lang.Thread run Thread.java:1583",
    ],
  );
});

test("Rust: anyhow's causes, messages of Rust before 1.73", () => {
  expect(read(
    "order failed\n\nCaused by:\n    0: no price\n    1: No such file\n\nStack backtrace:\n   0: shop::load\n             at ./src/main.rs:3:5\n   1: tokio::runtime::park::h0123456789abcdef\n")).toEqual(["rust 1", "-1   undefined: undefined | * shop::load src/main.rs:3 |  tokio::runtime::park <unknown>", "0 cause  Error: no price | ", "1 cause  Error: No such file | "]);
  expect(read("thread 'main' panicked at 'no price', src/main.rs:16:64\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace")).toEqual(["rust 0", "-1   panic: no price | * <unknown> src/main.rs:16"]);
});

test("Go: pkg/errors pairs without a goroutine, methods with pointers, escaped package names", () => {
  const text = "main.load\n\t/srv/app/main.go:10\ngithub.com/acme/shop%2ego/cart.(*Cart).Add\n\t/srv/app/cart/cart.go:20\nruntime.goexit\n\t/usr/local/go/src/runtime/asm_amd64.s:1700";
  const expected = "*main load /srv/app/main.go:10 | *github.com/acme/shop.go/cart (*Cart).Add /srv/app/cart/cart.go:20 | runtime goexit runtime/asm_amd64.s:1700";
  expect(read(text)).toEqual(["go 0", `-1   undefined: undefined | ${expected}`]);
  expect(parseStack(`no apples\n${text}`, "no apples")).toMatchObject({ layout: "go", unexplained: 0 });
});

test("a message that looks like another layout's frames stays a message", () => {
  const inner = "node failed: Error: x\n    at f (/x.js:1:2)\n    at g (/x.js:3:4)";
  const python = `Traceback (most recent call last):\n  File "/srv/app/run.py", line 3, in run\n    raise RuntimeError(output)\nRuntimeError: ${inner}`;
  for (const message of ["", inner]) {
    const stack = parseStack(python, message, "nodejs");
    expect(stack).toMatchObject({ layout: "python", frameCount: 1, unexplained: 0 });
    expect(stack.links[0]!.header).toEqual({ type: "RuntimeError", value: inner });
  }
  const java = parseStack("a.B: x\n\tat com.fake.Frame.run(Fake.java:1)\n\tat a.B.run(B.java:2)", "x\n\tat com.fake.Frame.run(Fake.java:1)");
  expect(java.links[0]).toMatchObject({ header: { value: "x\n\tat com.fake.Frame.run(Fake.java:1)" }, frames: [{ function: "run", filename: "B.java" }] });
  const chained = "ValueError: one\n\nDuring handling of the above exception, another exception occurred:\n\ntwo";
  const known = parseStack(`Traceback (most recent call last):\n  File "/srv/app/run.py", line 3, in run\nKeyError: ${chained}`, chained);
  expect(known.links.map(({ header }) => header)).toEqual([{ type: "KeyError", value: chained }]);
});

test("colours of a terminal and the line ends of Windows change nothing", () => {
  const python = 'Traceback (most recent call last):\n  File \u001B[35m"/srv/app/run.py"\u001B[0m, line \u001B[35m3\u001B[0m, in \u001B[35mrun\u001B[0m\n    \u001B[31m1\u001B[0m\u001B[1;31m/\u001B[0m\u001B[31m0\u001B[0m\n    \u001B[31m~\u001B[0m\u001B[1;31m^\u001B[0m\u001B[31m~\u001B[0m\n\u001B[1;35mZeroDivisionError\u001B[0m: \u001B[35mdivision by zero\u001B[0m\n';
  expect(read(python)).toEqual(["python 0", "-1   ZeroDivisionError: division by zero | *run run /srv/app/run.py:3"]);
  const node = "Error: no apples\n\u001B[90m    at async file:///srv/app/src/\u001B[39mrun.mjs:9:7\n\u001B[90m    at node:internal/main:3:4\u001B[39m";
  expect(read(node)).toEqual(["v8 0", "-1   Error: no apples | *src:run <anonymous> /srv/app/src/run.mjs:9 |  <anonymous> node:internal/main:3"]);
  const go = "panic: no\napples\n\ngoroutine 7 [running]:\nmain.f()\n\t/srv/app/main.go:8 +0x1d\nmain.main()\n\t/srv/app/main.go:9 +0x1d\n";
  expect(parseStack(go.replaceAll("\n", "\r\n"), "no\r\napples")).toEqual(parseStack(go, "no\napples"));
});

test("Python: a group without a traceback of its own, as except* makes one, with what each member came from", () => {
  const text = [
    "  | ExceptionGroup:  (2 sub-exceptions)",
    "  +-+---------------- 1 ----------------",
    "    | Exception Group Traceback (most recent call last):",
    '    |   File "/srv/app/run.py", line 14, in run',
    "    | ExceptionGroup: g (1 sub-exception)",
    "    +-+---------------- 1 ----------------",
    "      | PermissionError: [Errno 1] a",
    "      +------------------------------------",
    "    | ",
    "    | The above exception was the direct cause of the following exception:",
    "    | ",
    "    | Traceback (most recent call last):",
    '    |   File "/srv/app/run.py", line 15, in run',
    "    | ZeroDivisionError: z",
    "    +---------------- 2 ----------------",
    "    | ValueError: 1",
    "    +------------------------------------",
  ].join("\n");
  expect(read(text)).toEqual([
    "python 0",
    "-1   ExceptionGroup:  (2 sub-exceptions) | ",
    "0 exceptions[0]  ZeroDivisionError: z | *run run /srv/app/run.py:15",
    "1 __cause__  ExceptionGroup: g (1 sub-exception) | *run run /srv/app/run.py:14",
    "2 exceptions[0]  PermissionError: [Errno 1] a | ",
    "0 exceptions[1]  ValueError: 1 | ",
  ]);
});

test("React Native's Hermes, Bun, Deno, WebAssembly: files without their prefix, runtimes that are nobody's code", () => {
  const text = [
    "TypeError: undefined is not a function",
    "    at add (address at index.android.bundle:1:2345)",
    "    at apply (native)",
    "    at sort (unknown)",
    "    at fetch (ext:deno_fetch/26_fetch.js:2:7360)",
    "    at wasm://wasm/0145fffe:wasm-function[0]:0x1e",
  ].join("\n");
  expect(read(text)).toEqual([
    "v8 0",
    "-1   TypeError: undefined is not a function | *index.android.bundle add index.android.bundle:1 |  apply native |  sort unknown |  fetch ext:deno_fetch/26_fetch.js:2 |  <anonymous> wasm://wasm/0145fffe:wasm-function[0]:0x1e",
  ]);
});

test(".NET: functions of a program without a class, lambdas of minimal APIs", () => {
  const text = [
    "System.Exception: no apples",
    "   at Program.<>c.<<Main>$>b__0_0(HttpContext context) in /src/Program.cs:line 10",
    "   at Program.<>c.<<<Main>$>b__0_1>d.MoveNext() in /src/Program.cs:line 12",
    "   at Program.<<Main>$>g__Add|0_2(Int32 count) in /src/Program.cs:line 14",
    "   at Shop.Cart.<>c__3`1.<Add>b__3_0(T item)",
  ].join("\n");
  expect(read(text)).toEqual(["dotnet 0", "-1   System.Exception: no apples | *Program Main /src/Program.cs:10 | *Program Main /src/Program.cs:12 | *Program Main /src/Program.cs:14 | *Shop.Cart Add <unknown>"]);
});

test(".NET: a build with deterministic paths, as CI makes them, is the application's still", () => {
  const text = "System.Exception: no apples\n   at Shop.Cart.Add(String name) in /_/src/Cart.cs:line 3\n   at System.Linq.Enumerable.First[T](IEnumerable`1 source) in /_/src/libraries/System.Linq/src/System/Linq/First.cs:line 12";
  expect(read(text)).toEqual(["dotnet 0", "-1   System.Exception: no apples | *Shop.Cart Add /_/src/Cart.cs:3 | System.Linq.Enumerable First[T] /_/src/libraries/System.Linq/src/System/Linq/First.cs:12"]);
});

test("Java: lines that are none, files that a mapping must tell", () => {
  const text = "a.B: no apples\n\tat a.B.read(B.java:-1)\n\tat a.a.b(r8-map-id-0fa2c1:17)\n\tat a.a.c(Unknown Source:12)";
  expect(read(text)).toEqual(["java 0", "-1  a B: no apples | *a.B read B.java | *a.a b <unknown>:17 | *a.a c <unknown>:12"]);
});

test("Go: a package whose last part has a dot", () => {
  const text = "goroutine 1 [running]:\ngopkg.in/yaml%2ev3.(*parser).parse(...)\n\t/root/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/decode.go:88 +0x2d\n";
  expect(read(text)).toEqual(["go 0", "-1   undefined: undefined | gopkg.in/yaml.v3 (*parser).parse gopkg.in/yaml.v3@v3.0.1/decode.go:88"]);
});

test("Ruby: code made by eval, named by the place that made it", () => {
  const text = "(eval at /srv/app/cart.rb:3):1:in 'Object#add': no apples (RuntimeError)\n\tfrom /srv/app/cart.rb:3:in 'Kernel#eval'";
  expect(read(text)).toEqual(["ruby 0", "-1   RuntimeError: no apples | *Object add (eval at /srv/app/cart.rb:3):1 | *Kernel eval /srv/app/cart.rb:3"]);
});

test("Ruby: classes named in other alphabets", () => {
  const text = "/srv/app/cart.rb:5:in 'Größe::Korb#add': no apples (Größe::Ünï)\n\tfrom /srv/app/cart.rb:9:in '<main>'";
  expect(read(text)).toEqual(["ruby 0", "-1  Größe Größe::Ünï: no apples | *Größe::Korb add /srv/app/cart.rb:5 | * <main> /srv/app/cart.rb:9"]);
});
