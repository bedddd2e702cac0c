import { randomBytes } from "node:crypto";
import { join } from "node:path";
import protobuf from "protobufjs";
import { repository } from "../support/stack.ts";

const root = protobuf.loadSync(join(repository, "services/sentry-bridge/fixtures/otlp.proto"));

/** protobufjs's generated code for the two requests: writes the load, and reads the same bytes beside the bridge. */
export const messages = { traces: root.lookupType("Traces"), logs: root.lookupType("Logs") };

export type Signal = keyof typeof messages;

type Value = string | number | boolean;

/** `count` exceptions as log records of as many traces, each with a stack of `frames` lines. Never the same bytes twice. */
export function exceptionLogs(count: number, frames: number, layout: Layout = "v8"): Buffer {
  const logRecords = Array.from({ length: count }, (_, i) => {
    const message = `order ${i} of ${count} cannot be paid`;
    return {
      timeUnixNano: nanos(),
      observedTimeUnixNano: nanos(),
      severityNumber: 17,
      severityText: "ERROR",
      eventName: "exception",
      traceId: randomBytes(16),
      spanId: randomBytes(8),
      attributes: attributes({
        "exception.type": "PaymentError",
        "exception.message": message,
        "exception.stacktrace": LAYOUTS[layout](message, frames),
        "http.route": "/orders/:id",
        "http.request.method": "POST",
        "url.path": `/orders/${i}`,
        "user.id": `user-${i}`,
        "session.id": "5f2b7a52-6f8e-4d0b-9a6f-2a0d0c1c2f11",
      }),
    };
  });
  return encode("logs", { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] });
}

/** `count` SERVER and CLIENT spans without exceptions, sixteen a trace, as auto-instrumentation writes them. */
export function plainSpans(count: number): Buffer {
  let traceId = randomBytes(16);
  const spans = Array.from({ length: count }, (_, i) => {
    if (i % 16 === 0) traceId = randomBytes(16);
    return {
      traceId,
      spanId: randomBytes(8),
      parentSpanId: randomBytes(8),
      name: i % 16 === 0 ? "GET /orders/:id" : "pg.query:SELECT shop",
      kind: i % 16 === 0 ? 2 : 3,
      startTimeUnixNano: nanos(),
      endTimeUnixNano: nanos(),
      attributes: attributes({
        "http.request.method": "GET",
        "http.route": "/orders/:id",
        "http.response.status_code": 200,
        "url.path": `/orders/${i}`,
        "server.address": "shop.example.com",
        "server.port": 443,
        "network.peer.address": "10.2.3.4",
        "db.system.name": "postgresql",
        "db.query.text": "SELECT id, total, state FROM orders WHERE customer = $1 AND state = $2 ORDER BY id LIMIT 50",
        "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0",
      }),
      events: i % 4 === 0 ? [{ timeUnixNano: nanos(), name: "cache.miss", attributes: attributes({ key: `order-${i}` }) }] : [],
      status: {},
    };
  });
  return encode("traces", { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] });
}

/** `count` ordinary log records of a service, none of them an exception. */
export function plainLogs(count: number): Buffer {
  const logRecords = Array.from({ length: count }, (_, i) => ({
    timeUnixNano: nanos(),
    severityNumber: 9,
    severityText: "INFO",
    body: { stringValue: `order ${i} was paid by card, receipt sent` },
    traceId: randomBytes(16),
    spanId: randomBytes(8),
    attributes: attributes({ "http.route": "/orders/:id", "order.id": `order-${i}`, "user.id": `user-${i}`, "code.function.name": "Checkout.pay" }),
  }));
  return encode("logs", { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] });
}

/** One exception whose stack is `piece` again and again, `size` characters of it. */
export function hostileLog(piece: string, size: number): Buffer {
  const text = `Error: x\n${piece.repeat(Math.ceil(size / piece.length)).slice(0, size)}`;
  const record = { timeUnixNano: nanos(), eventName: "exception", traceId: randomBytes(16), spanId: randomBytes(8), attributes: attributes({ "exception.stacktrace": text }) };
  return encode("logs", { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [record] }] }] });
}

export type Layout = "v8" | "java" | "python";

/** Stacks whose every line is another place, as real ones are. */
const LAYOUTS: Record<Layout, (message: string, frames: number) => string> = {
  v8: (message, frames) => ["PaymentError: " + message, ...lines(frames, (i) => `    at async Checkout.step${i} (${i % 3 === 0 ? "/srv/shop/node_modules/express/lib" : "/srv/shop/src/checkout"}/file${i}.js:${10 + i}:${3 + i})`)].join("\n"),
  java: (message, frames) => ["com.example.shop.PaymentError: " + message, ...lines(frames, (i) => `\tat ${i % 3 === 0 ? "org.springframework.web.Filter" : "com.example.shop.Checkout"}.step${i}(File${i}.java:${10 + i})`)].join("\n"),
  python: (message, frames) =>
    ["Traceback (most recent call last):", ...lines(frames, (i) => `  File "${i % 3 === 0 ? "/usr/lib/python3/site-packages/django" : "/srv/shop/checkout"}/file${i}.py", line ${10 + i}, in step${i}\n    return self.next(order_${i})`), "shop.PaymentError: " + message].join("\n"),
};

function lines(count: number, line: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => line(i));
}

const resource = {
  attributes: attributes({ "service.name": "shop", "service.version": "1.4.2", "service.instance.id": "shop-7f9c-2", "deployment.environment.name": "production", "host.name": "node-3", "telemetry.sdk.language": "nodejs", "process.runtime.name": "nodejs", "process.runtime.version": "24.21.0" }),
};
const scope = { name: "@opentelemetry/instrumentation-http", version: "0.300.0" };

function attributes(values: Record<string, Value>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: typeof value === "string" ? { stringValue: value } : typeof value === "boolean" ? { boolValue: value } : { intValue: value } }));
}

function encode(signal: Signal, request: object): Buffer {
  return Buffer.from(messages[signal].encode(request).finish());
}

/** Now in nanoseconds, as the pair of 32 bits that protobufjs writes. */
function nanos(): { low: number; high: number; unsigned: true } {
  const now = BigInt(Date.now()) * 1_000_000n;
  return { low: Number(BigInt.asIntN(32, now)), high: Number(BigInt.asIntN(32, now >> 32n)), unsigned: true };
}
