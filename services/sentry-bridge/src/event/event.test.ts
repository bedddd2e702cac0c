import { expect, test } from "vitest";
import { collectExceptions } from "../exceptions/collect.ts";
import { eventId, readException } from "../exceptions/identity.ts";
import { decodeLogs, decodeTraces } from "../otlp/protobuf.ts";
import { exceptionLog, logs, NODE_RESOURCE, PAGE_RESOURCE, SPAN_ID, TRACE_ID, traces, type SampleLog, type SampleSpan } from "../testing/otlp-samples.ts";
import { buildEvent, type SentryEvent } from "./event.ts";
import { MAX_EVENT_BYTES, serializeEvent } from "./fit.ts";
import { scrubText } from "./scrub.ts";

const STACK = [
  "Error: outer",
  "    at handler (/app/src/routes/run.ts:10:5)",
  "    at Layer.handle (/app/node_modules/router/lib/layer.js:152:17)",
  "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5) {",
  "  [cause]: TypeError: inner",
  "      at query (/app/src/db.ts:3:9)",
  "}",
].join("\n");

function fromLog(log: SampleLog): SentryEvent {
  return eventOf(collectExceptions(decodeLogs(logs([log]))));
}

function fromSpans(spans: SampleSpan[]): SentryEvent {
  return eventOf(collectExceptions(decodeTraces(traces(spans))));
}

function eventOf(exceptions: ReturnType<typeof collectExceptions>): SentryEvent {
  const exception = readException(exceptions[0]!);
  return buildEvent(exception, eventId("1", exception));
}

function idOf(log: SampleLog): string {
  return fromLog(log).event_id;
}

function outer(): Error {
  return Object.assign(new Error("outer"), { stack: STACK });
}

test("a log record of a service: every field that Sentry groups, searches and links by", () => {
  const attributes = {
    "http.request.method": "POST",
    "http.route": "/run/:id",
    "url.path": "/run/7",
    "url.full": "https://api.example/run/7?token=abc",
    "user.id": "u-1",
    "session.id": "s-1",
    "user_agent.original": "curl/8",
  };
  const event = fromLog(exceptionLog(outer(), { attributes }));
  expect(event).toEqual({
    event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    timestamp: 1_767_323_045.678,
    platform: "node",
    level: "error",
    logger: "sample-scope",
    release: "helloagents-api@1.2.3",
    environment: "production",
    server_name: "host-1",
    transaction: "POST /run/:id",
    user: { id: "u-1" },
    request: { method: "POST", url: "https://api.example/run/7", headers: { "User-Agent": "curl/8" } },
    tags: { "service.name": "helloagents-api", "session.id": "s-1", "http.route": "/run/:id", "http.request.method": "POST", "otel.scope.name": "sample-scope" },
    contexts: { trace: { trace_id: TRACE_ID, span_id: SPAN_ID }, otel: { attributes: { ...attributes, "url.full": "https://api.example/run/7" }, resource: NODE_RESOURCE } },
    sdk: { name: "helloagents.sentry-bridge", version: expect.stringMatching(/^\d/), settings: { infer_ip: "never" } },
    exception: {
      values: [
        {
          type: "TypeError",
          value: "inner",
          stacktrace: { frames: [{ function: "query", filename: "/app/src/db.ts", abs_path: "/app/src/db.ts", module: "src:db", lineno: 3, colno: 9, in_app: true }] },
          mechanism: { type: "chained", exception_id: 1, parent_id: 0, source: "cause" },
        },
        {
          type: "Error",
          value: "outer",
          stacktrace: {
            frames: [
              { function: "process.processTicksAndRejections", filename: "node:internal/process/task_queues", lineno: 105, colno: 5, in_app: false },
              { function: "Layer.handle", filename: "/app/node_modules/router/lib/layer.js", abs_path: "/app/node_modules/router/lib/layer.js", module: "router.lib:layer", lineno: 152, colno: 17, in_app: false },
              { function: "handler", filename: "/app/src/routes/run.ts", abs_path: "/app/src/routes/run.ts", module: "src.routes:run", lineno: 10, colno: 5, in_app: true },
            ],
          },
          mechanism: { type: "auto.otel.log", handled: true, exception_id: 0 },
        },
      ],
    },
  });
});

test("levels: uncaught is fatal and unhandled; a span event is an error", () => {
  const fatal = fromLog(exceptionLog(outer(), { severityNumber: 21 }));
  expect(fatal.level).toBe("fatal");
  expect(fatal.exception.values.at(-1)!.mechanism.handled).toBe(false);
  expect(fromLog(exceptionLog(outer(), { severityNumber: 13 })).level).toBe("warning");
  const span = fromSpans([{ statusCode: 2, events: [{ name: "exception", attributes: { "exception.type": "E_CONN", "exception.message": "outer", "exception.stacktrace": STACK } }] }]);
  expect(span.level).toBe("error");
  expect(span.contexts["trace"]).toMatchObject({ status: "internal_error" });
  // The attribute holds the error code (OTel JS does so); the text knows the class.
  expect(span.exception.values.at(-1)).toMatchObject({ type: "Error", mechanism: { type: "auto.otel.span_event" } });
});

test("a class that only the sender knows replaces plain Error, and does not make another exception of it", () => {
  const log = exceptionLog(outer());
  const named = { ...log, attributes: { ...log.attributes, "exception.type": "ValidationError" } };
  expect(fromLog(named).exception.values.at(-1)).toMatchObject({ type: "ValidationError", value: "outer" });
  expect(fromLog(named).event_id).toBe(fromLog(log).event_id);
});

test("a page: platform javascript, its own release, no route but a template", () => {
  const error = Object.assign(new Error("x is undefined"), { name: "TypeError", stack: "render@https://shop.example/assets/app.js:10:20" });
  const event = fromLog(exceptionLog(error, { resource: { ...PAGE_RESOURCE, "service.instance.id": "visit-1" }, attributes: { "url.template": "/projects/:id" } }));
  expect(event.server_name).toBeUndefined();
  expect(event).toMatchObject({ platform: "javascript", release: "helloagents-web@4.5.6", transaction: "/projects/:id", exception: { values: [{ type: "TypeError", value: "x is undefined" }] } });
  expect(event.exception.values[0]!.stacktrace!.frames[0]).toMatchObject({ function: "render", abs_path: "https://shop.example/assets/app.js", filename: "/assets/app.js" });
});

test("an unknown layout is kept whole, and so are an error's own properties", () => {
  const text = "it broke\nsomewhere in line 3";
  const event = fromLog({ eventName: "exception", attributes: { "exception.type": "ValueError", "exception.message": "bad", "exception.stacktrace": text } });
  expect(event.exception.values).toEqual([{ type: "ValueError", value: "bad", mechanism: expect.anything() }]);
  expect(event.extra).toEqual({ "exception.stacktrace": text });
  const stack = "Error: outer\n    at f (/x.js:1:2) {\n  code: 'E_X'\n}";
  expect(fromLog(exceptionLog(Object.assign(outer(), { stack }))).extra).toEqual({ "exception.stacktrace": stack });
});

test("an exception that says nothing still is a valid event", () => {
  const event = fromLog({ eventName: "exception" });
  expect(event.exception.values).toEqual([{ type: "Error", value: "(no message)", mechanism: expect.anything() }]);
  expect(event.contexts).not.toHaveProperty("trace");
  expect(event).not.toHaveProperty("transaction");
});

test("instrumentations that write OpenTelemetry's former HTTP names give the same transaction, request and tags", () => {
  const attributes = {
    "http.method": "GET",
    "http.scheme": "https",
    "net.host.name": "shop.example",
    "net.host.port": 8443,
    "http.target": "/orders/7?token=abc",
    "http.route": "/orders/<id>",
    "http.status_code": 500,
    "http.user_agent": "curl/8",
  };
  const event = fromSpans([{ kind: 1, attributes, statusCode: 2, events: [{ name: "exception", attributes: { "exception.type": "KeyError", "exception.message": "7" } }] }]);
  expect(event).toMatchObject({
    transaction: "GET /orders/<id>",
    request: { method: "GET", url: "https://shop.example:8443/orders/7", headers: { "User-Agent": "curl/8" } },
    tags: { "http.request.method": "GET", "http.response.status_code": "500", "http.route": "/orders/<id>" },
  });
});

test("what Sentry would refuse is made fit: release, environment, tags", () => {
  const resource = { "service.name": "a/b", "service.version": "1\n2", "deployment.environment": "None", "telemetry.sdk.language": "constructor" };
  const event = fromLog(exceptionLog(outer(), { resource, attributes: { "session.id": "x\ny".repeat(200) } }));
  expect(event).toMatchObject({ release: "a-b@1-2", platform: "other" });
  expect(event).not.toHaveProperty("environment");
  expect(event.tags["session.id"]).toMatch(/^[^\n]{1,200}$/);
});

test("secrets go by key and by pattern, and counters of tokens stay", () => {
  const event = fromLog(
    exceptionLog(Object.assign(new Error("connect postgres://user:hunter2@db/x failed"), { stack: "" }), {
      attributes: { "http.request.header.authorization": "Basic abc", "db.password": "x", "user.session_token": "x", "gen_ai.usage.input_tokens": 12, nested: { apiKey: "x", note: "password=hunter3" } },
    }),
  );
  expect(event.exception.values[0]!.value).toBe("connect postgres://****@db/x failed");
  expect((event.contexts["otel"] as { attributes: unknown }).attributes).toEqual({
    "http.request.header.authorization": "****",
    "db.password": "****",
    "user.session_token": "****",
    "gen_ai.usage.input_tokens": 12,
    nested: { apiKey: "****", note: "password=****" },
  });
  expect(JSON.stringify(event)).not.toContain("hunter");
  expect(scrubText('Bearer abcdefghijk and {"api_key": "zzz"}')).toBe('Bearer **** and {"api_key": "****"}');
  expect(scrubText("the Collector's: **** ******** ************, ours beside it: ****password=x, others: *** *****")).toBe("the Collector's: **** **** ****, ours beside it: ****password=****, others: *** *****");
});

test.each([
  "AKIAIOSFODNN7HIDDEN0",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJISURERU4ifQ.HIDDEN-signature_0",
  "sk-proj-HIDDEN0123456789",
  "sk_live_HIDDEN0123456789",
  "ghp_HIDDEN0123456789abcdef",
  "glpat-HIDDEN0123456789ab",
  "xoxb-123456789012-HIDDEN",
  "AIzaHIDDEN0123456789abcdefghijklmnopqrs",
  "npm_HIDDEN0123456789abcdefghijklmnopqrs",
  "hf_HIDDEN0123456789abcdefghijklmnopqrst",
  "-----BEGIN RSA PRIVATE KEY-----\nHIDDEN+/=\n-----END RSA PRIVATE KEY-----",
])("keys and tokens that look like nothing else go wherever they stand: %s", (secret) => {
  expect(scrubText(`call with '${secret}' failed`)).toBe("call with '****' failed");
});

test("what only begins like a token stays", () => {
  const text = "task-management-service of desk-lamp, npm_config_cache, hf_hub, eyJ, ghp_x, account key";
  expect(scrubText(text)).toBe(text);
  expect(scrubText("Server=a;Uid=u;Pwd=hidden;AccountKey=hidden==")).toBe("Server=a;Uid=u;Pwd=****;AccountKey=****");
});

test("addresses of people and queries stay here, wherever they stand", () => {
  const attributes = {
    "client.address": "203.0.113.9",
    "network.peer.address": "203.0.113.9",
    "http.request.header.x-forwarded-for": ["203.0.113.9"],
    "url.query": "mail=ada",
    "http.target": "/run?mail=ada",
    "http.request.header.referer": ["https://x.example/a?mail=ada#b"],
    "server.address": "10.0.0.7",
    "db.query.text": "SELECT ? FROM a",
  };
  const event = fromLog(exceptionLog(Object.assign(new Error("GET /run?mail=b&token=ada failed"), { stack: "" }), { attributes }));
  expect(JSON.stringify(event)).not.toMatch(/ada|203\.0/);
  expect((event.contexts["otel"] as { attributes: unknown }).attributes).toMatchObject({ "http.target": "/run", "server.address": "10.0.0.7", "db.query.text": "SELECT ? FROM a" });
});

test("a record with a trace but no span keeps its trace", () => {
  const event = buildEvent(readException({ ...collectExceptions(decodeLogs(logs([exceptionLog(outer())])))[0]!, spanId: "" }), "0123456789abcdef".repeat(2));
  expect(event.contexts["trace"]).toEqual({ trace_id: TRACE_ID, span_id: "0123456789abcdef" });
});

test("ids depend on the content only: span event and log record of one exception, but not another trace, minute or project", () => {
  const error = outer();
  const id = idOf(exceptionLog(error));
  expect(idOf(exceptionLog(error, { spanId: "00000000000000ff", attributes: { "http.route": "/x" } }))).toBe(id);
  expect(fromSpans([{ events: [{ name: "exception", attributes: exceptionLog(error).attributes! }] }]).event_id).toBe(id);
  expect(idOf(exceptionLog(error, { traceId: "f".repeat(32) }))).not.toBe(id);
  expect(idOf(exceptionLog(error, { time: [1_767_323_045 + 3600, 0] }))).not.toBe(id);
  const exception = readException(collectExceptions(decodeLogs(logs([exceptionLog(error)])))[0]!);
  expect(eventId("2", exception)).not.toBe(id);
  expect(new Set([0, 1, 2].map((repeat) => eventId("1", exception, repeat))).size).toBe(3);
});

test("an event beyond Sentry's size is made to fit, the exception itself last of all", () => {
  const attributes = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`key${i}`, "ü".repeat(4000)]));
  const stack = `Error: ${"m".repeat(20_000)}\n    at f (/app/src/x.ts:1:2)\n${"    unknown line of text\n".repeat(20_000)}`;
  const body = serializeEvent(fromLog(exceptionLog(Object.assign(new Error("m".repeat(20_000)), { stack }), { attributes })));
  expect(body.length).toBeLessThanOrEqual(MAX_EVENT_BYTES);
  const event = JSON.parse(body.toString()) as SentryEvent;
  expect(event.exception.values[0]!.stacktrace!.frames[0]).toMatchObject({ function: "f", lineno: 1 });
  expect(event.exception.values[0]!.value.length).toBe(8192);
});

function at(seconds: number): [number, number] {
  return [1_767_323_045 + seconds, 0];
}

test("what the trace recorded before the exception are its breadcrumbs, oldest first, scrubbed", () => {
  const records: SampleLog[] = [
    { traceId: TRACE_ID, severityNumber: 13, body: "retry with password=hunter2", time: at(2), attributes: { "db.password": "x", n: 1 } },
    { traceId: TRACE_ID, severityNumber: 9, body: "begin", time: at(1) },
    { traceId: TRACE_ID, severityNumber: 9, body: "afterwards", time: at(9) },
    { traceId: "f".repeat(32), severityNumber: 9, body: "another trace", time: at(1) },
    exceptionLog(outer(), { time: at(3) }),
  ];
  const [event, ...more] = collectExceptions(decodeLogs(logs(records))).map((recorded) => buildEvent(readException(recorded), "id"));
  expect(more).toEqual([]);
  expect(event!.breadcrumbs).toEqual({
    values: [
      { timestamp: at(1)[0], category: "sample-scope", level: "info", message: "begin" },
      { timestamp: at(2)[0], category: "sample-scope", level: "warning", message: "retry with password=****", data: { "db.password": "****", n: 1 } },
    ],
  });
  const exception = { name: "exception", attributes: exceptionLog(outer()).attributes!, time: at(5) };
  const spans = fromSpans([{ events: [{ name: "cache miss", attributes: { key: "k" }, time: at(4) }, exception] }]);
  expect(spans.breadcrumbs!.values).toEqual([{ timestamp: at(4)[0], category: "span_event", level: "info", message: "cache miss", data: { key: "k" } }]);
});

test("a fingerprint is set only when the sender asks for one", () => {
  expect(fromLog(exceptionLog(outer()))).not.toHaveProperty("fingerprint");
  expect(fromLog(exceptionLog(outer(), { attributes: { "sentry.fingerprint": ["{{ default }}", "tenant-1"] } })).fingerprint).toEqual(["{{ default }}", "tenant-1"]);
  expect(fromLog(exceptionLog(outer(), { attributes: { "sentry.fingerprint": "one" } })).fingerprint).toEqual(["one"]);
});

test("Java's SDK names an inner class with a dot, its text with a dollar: the text is taken, also without a message", () => {
  const attributes = { "exception.type": "com.example.Shop.OutOfStock", "exception.stacktrace": "com.example.Shop$OutOfStock\n\tat com.example.Shop.add(Shop.java:3)" };
  expect(fromLog({ eventName: "exception", attributes }).exception.values).toMatchObject([{ type: "Shop$OutOfStock", module: "com.example", value: "" }]);
});

test("a long trail gives the last fifty", () => {
  const records = Array.from({ length: 80 }, (_, i): SampleLog => ({ traceId: TRACE_ID, body: `line ${i}`, time: [1_767_323_000 + i, 0] }));
  const [recorded] = collectExceptions(decodeLogs(logs([...records, exceptionLog(outer(), { time: [1_767_323_100, 0] })])));
  const { values } = buildEvent(readException(recorded!), "id").breadcrumbs!;
  expect([values.length, values[0]!.message, values.at(-1)!.message]).toEqual([50, "line 30", "line 79"]);
});

test.each<[SampleSpan, string, string]>([
  [{ kind: 1, attributes: { "http.request.method": "GET", "http.response.status_code": 404 } }, "http.server", "not_found"],
  [{ kind: 2, attributes: { "http.method": "GET", "http.status_code": "503" }, statusCode: 2 }, "http.client", "unavailable"],
  [{ kind: 2, attributes: { "db.system": "postgresql" }, statusCode: 2 }, "db", "internal_error"],
  [{ attributes: { "gen_ai.operation.name": "chat" } }, "gen_ai", "ok"],
  [{ attributes: { "rpc.service": "Cart", "rpc.grpc.status_code": 5 }, statusCode: 2 }, "rpc", "not_found"],
  [{ attributes: { "messaging.system": "kafka", "http.response.status_code": 500 }, statusCode: 1 }, "message", "ok"],
  [{ attributes: { "sentry.op": "queue.process", "http.response.status_code": 418 } }, "queue.process", "invalid_argument"],
  [{ statusCode: 2 }, "default", "internal_error"],
])("the trace context has the span's operation and status: %j", (span, op, status) => {
  const event = fromSpans([{ ...span, events: [{ name: "exception", attributes: exceptionLog(outer()).attributes! }] }]);
  expect(event.contexts["trace"]).toMatchObject({ op, status });
});

test("the transaction is that of the span which entered the service, not of the request that it made", () => {
  const event = fromSpans([
    { spanId: "00000000000000c1", parentSpanId: SPAN_ID, kind: 2, name: "GET", attributes: { "http.request.method": "GET" }, events: [{ name: "exception", attributes: exceptionLog(outer()).attributes! }] },
    { spanId: SPAN_ID, name: "POST /run/:id", attributes: { "http.route": "/run/:id", "http.request.method": "POST" } },
  ]);
  expect(event.transaction).toBe("POST /run/:id");
  expect(fromSpans([{ name: "nightly job", kind: 0, events: [{ name: "exception", attributes: exceptionLog(outer()).attributes! }] }]).transaction).toBe("nightly job");
});

test.each([
  ["python", "python", "shop.errors.OutOfStock", 'Traceback (most recent call last):\n  File "/srv/app/cart.py", line 3, in add\n    pay("password=hunter2")\nshop.errors.OutOfStock: no apples'],
  ["java", "java", "shop.errors.OutOfStock", "shop.errors.OutOfStock: no apples\n\tat shop.Cart.add(Cart.java:3)"],
  ["go", "go", "*errors.errorString", "goroutine 1 [running]:\nmain.add()\n\t/srv/app/main.go:3 +0x1"],
  ["rust", "native", "OutOfStock", "stack backtrace:\n   0: shop::add\n             at ./src/main.rs:3:5"],
  ["ruby", "ruby", "Shop::OutOfStock", "/srv/app/cart.rb:3:in 'Cart#add': no apples (Shop::OutOfStock)"],
  ["php", "php", "Shop\\OutOfStock", "Shop.OutOfStock: no apples\n\tat add(cart.php:3)"],
  ["dotnet", "csharp", "Shop.OutOfStock", "Shop.OutOfStock: no apples\n   at Cart.Add() in /srv/app/Cart.cs:line 3"],
  ["elixir", "elixir", "Shop.OutOfStock", "    (shop 1.0) lib/cart.ex:3: Cart.add/1"],
])("an exception of %s: platform, class, one frame, nothing left over, no secret", (language, platform, type, stacktrace) => {
  const resource = { "service.name": "shop", "telemetry.sdk.language": language };
  const event = fromLog({ resource, eventName: "exception", attributes: { "exception.type": type, "exception.message": "no apples", "exception.stacktrace": stacktrace } });
  expect(event).toMatchObject({ platform, exception: { values: [{ value: "no apples", stacktrace: { frames: [{ lineno: 3, in_app: true }] } }] } });
  expect(event).not.toHaveProperty("extra");
  const [value] = event.exception.values;
  expect([type, type.split(/[.\\]|::/).at(-1)]).toContain(value!.type);
  expect(JSON.stringify(event)).not.toContain("hunter2");
});

test("whose code a frame is follows the user's lists: what is included wins", () => {
  const exception = readException(collectExceptions(decodeLogs(logs([exceptionLog(outer())])))[0]!);
  const owners = (include: string[], exclude: string[]): boolean[] => buildEvent(exception, "id", { include, exclude }).exception.values.flatMap(({ stacktrace }) => stacktrace!.frames.map((frame) => frame.in_app));
  expect(owners([], [])).toEqual([true, false, false, true]);
  expect(owners(["router"], ["/app/src/"])).toEqual([false, false, true, false]);
  expect(owners(["rout", "src.routes"], ["src"])).toEqual([false, false, false, true]);
});

test("debug ids of the frames' files become images, and nothing else does", () => {
  const [id, other] = ["0A7651B9-16CD-43DD-8448-EB211C80319C", "11111111-1111-4111-8111-111111111111"];
  const stack = "TypeError: x\n    at f (https://shop.example/assets/app.js?v=****:1:20)\n    at g (/srv/app/dist/main.js:3:4)";
  const entries = [`${id} https://shop.example/assets/app.js`, `${other} /srv/app/dist/main.js`, `${other} https://shop.example/assets/unused.js`, "no-id /srv/app/dist/main.js", 7];
  const event = fromLog(exceptionLog(Object.assign(new TypeError("x"), { stack }), { resource: PAGE_RESOURCE, attributes: { "helloagents.exception.debug_ids": entries } }));
  expect(event.debug_meta).toEqual({
    images: [
      { type: "sourcemap", code_file: "https://shop.example/assets/app.js", debug_id: id.toLowerCase() },
      { type: "sourcemap", code_file: "/assets/app.js", debug_id: id.toLowerCase() },
      { type: "sourcemap", code_file: "/srv/app/dist/main.js", debug_id: other },
    ],
  });
  expect(event.exception.values[0]!.stacktrace!.frames.map((frame) => frame.abs_path)).toEqual(["/srv/app/dist/main.js", "https://shop.example/assets/app.js"]);
  expect(JSON.stringify(event.contexts)).not.toContain(other);
  expect(fromLog(exceptionLog(outer(), { attributes: { "helloagents.exception.debug_ids": "x" } }))).not.toHaveProperty("debug_meta");
  const many = Array.from({ length: 60 }, (_, n) => `/srv/app/${n}.js`);
  const wide = `Error: x\n${many.map((file) => `    at f (${file}:1:2)`).join("\n")}`;
  const images = fromLog(exceptionLog(Object.assign(new Error("x"), { stack: wide }), { attributes: { "helloagents.exception.debug_ids": many.map((file) => `${other} ${file}`) } })).debug_meta?.images;
  expect(images?.length).toBe(50);
});
