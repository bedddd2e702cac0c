import { expect, test } from "vitest";
import type { Attributes, AttributeValue, Group, Span } from "../otlp/model.ts";
import { describeSpan } from "./describe.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { spanItems, spansV2 } from "./span-item.ts";
import { buildTransaction, serializeTransaction } from "./transaction.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const START = 1_767_323_045_678_000_000n;
const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5] as const;
const RESOURCE: Attributes = new Map(
  Object.entries({ "service.name": "shop", "service.version": "1.2.3", "deployment.environment.name": "production", "telemetry.sdk.language": "nodejs", "process.command_line": "node secret.js" }),
);

function span(id: number, parent: number, more: Partial<Omit<Span, "attributes">> & { attributes?: Record<string, AttributeValue> } = {}): Span {
  return {
    traceId: TRACE,
    spanId: hex(id),
    parentSpanId: parent === 0 ? "" : hex(parent),
    startTimeUnixNano: START + BigInt(id) * 1_000_000n,
    endTimeUnixNano: START + BigInt(id) * 1_000_000n + 5_000_000n,
    name: `span ${id}`,
    kind: INTERNAL,
    events: [],
    statusCode: 0,
    statusMessage: "",
    ...more,
    attributes: new Map(Object.entries(more.attributes ?? {})),
  };
}

const hex = (id: number): string => id.toString(16).padStart(16, "0");
const group = (spans: Span[], resource = RESOURCE): Group => ({ resource, scopeName: "", spans, logs: [] });
const ids = (spans: Span[]): number[] => spans.map(({ spanId }) => Number.parseInt(spanId, 16));
/** A segment of so many spans that all have these attributes. */
const many = (count: number, attributes: Record<string, string>): Segment => segmentsOf([group(Array.from({ length: count }, (_, n) => span(n + 1, n === 0 ? 0 : 1, { attributes })))])[0]!;
const spans = (count: number, size: number): ReturnType<typeof spansV2> => spansV2(many(count, Object.fromEntries(Array.from({ length: size / 1000 }, (_, i) => [`k${i}`, "x".repeat(1000)]))));
const string = (value: string): unknown => ({ type: "string", value });
const shape = (groups: Group[]): unknown[] => segmentsOf(groups).map(({ root, children, whole }) => [ids([root.span])[0], ids(children), whole]);

test.each([
  [SERVER, { "http.request.method": "GET", "http.route": "/p/:id", "url.path": "/p/1" }, "GET /p/:id", "route"],
  [SERVER, { "http.request.method": "GET", "url.path": "/p/1?token=x" }, "GET /p/1", "url"],
  [SERVER, { "http.method": "POST", "http.target": "/p?q=1#h" }, "POST /p", "url"],
  [CLIENT, { "http.request.method": "GET", "url.full": "https://user:pw@api.example:8443/a/b?key=1#x" }, "GET https://api.example:8443/a/b", "url"],
  [CLIENT, { "http.request.method": "GET", "url.full": "/relative" }, "name", "custom"],
  [INTERNAL, { "http.request.method": "GET" }, "name", "custom"],
  [CLIENT, { "db.system.name": "postgresql", "db.query.text": "SELECT 1" }, "SELECT 1", "task"],
  [CLIENT, { "db.system": "mysql", "db.statement": "SELECT 2" }, "SELECT 2", "task"],
  [CLIENT, { "db.system": "redis" }, "name", "task"],
  [CLIENT, { "db.system": "redis", "db.statement": "GET k", "sentry.op": "cache.get" }, "name", "custom"],
  [SERVER, { "rpc.service": "Cart" }, "name", "route"],
  [PRODUCER, { "messaging.system": "kafka" }, "name", "route"],
  [SERVER, { "faas.trigger": "timer" }, "name", "route"],
  [INTERNAL, {}, "name", "custom"],
  [SERVER, { "http.request.method": "GET", "http.route": "/p", "sentry.description": "mine", "sentry.source": "task" }, "mine", "task"],
  [INTERNAL, { "sentry.source": "made up" }, "name", "custom"],
])("what Sentry shows of a span: %i %j", (kind, attributes, text, source) => {
  expect(describeSpan(span(1, 0, { kind, name: "name", attributes }))).toEqual({ text, source });
});

test("a segment is what entered the service and all below; another service's part is one of its own", () => {
  const other = new Map([["service.name", "web"]]);
  expect(shape([group([span(3, 2), span(2, 1, { kind: SERVER }), span(4, 3, { kind: CLIENT })]), group([span(1, 0)], other)])).toEqual([
    [2, [3, 4], true],
    [1, [], true],
  ]);
  expect(shape([group([span(1, 0)], other), group([span(2, 1), span(3, 2)])])).toEqual([
    [1, [], true],
    [2, [3], true],
  ]);
  expect(shape([group([span(1, 0, { kind: SERVER }), span(2, 1, { kind: CONSUMER }), span(3, 2)])])).toEqual([
    [1, [], true],
    [2, [3], true],
  ]);
});

test("orphans, whose parents came in another request, are parts too; spans above themselves and without ids do no harm", () => {
  expect(shape([group([span(5, 99), span(6, 5)])])).toEqual([[5, [6], false]]);
  const loop = segmentsOf([group([span(1, 2), span(2, 1), span(3, 3)])]);
  expect(loop.reduce((sum, { children }) => sum + 1 + children.length, 0)).toBe(3);
  expect(shape([group([span(1, 0, { spanId: "" }), span(2, 0, { traceId: "" })])])).toEqual([]);
});

test("a very deep trace takes no notable time", () => {
  const deep = Array.from({ length: 50_000 }, (_, n) => span(50_000 - n, 49_999 - n));
  expect(shape([group(deep)])).toMatchObject([[1, { length: 49_999 }, true]]);
});

test("a span of version 2 carries what Sentry wants on each span", () => {
  const root = span(1, 0, { kind: SERVER, attributes: { "http.request.method": "GET", "http.route": "/p", "http.response.status_code": 500, "url.path": "/p/1" } });
  const child = span(2, 1, { kind: CLIENT, name: "SELECT", statusCode: 2, attributes: { "db.system.name": "postgresql", "db.query.text": "SELECT 1", list: ["a"], ratio: 0.5, ok: true, password: "hunter2", empty: "" } });
  const [first, second] = spansV2(segmentsOf([group([root, child])])[0]!);
  expect(first).toMatchObject({
    trace_id: TRACE, span_id: hex(1), name: "GET /p", status: "error", is_segment: true, start_timestamp: 1_767_323_045.679, end_timestamp: 1_767_323_045.684,
    attributes: {
      "sentry.op": string("http.server"), "sentry.release": string("shop@1.2.3"), "sentry.environment": string("production"), "sentry.segment.name": string("GET /p"),
      "sentry.segment.id": string(hex(1)), "sentry.span.source": string("route"), "sentry.platform": string("node"), "resource.service.name": string("shop"), "http.response.status_code": { type: "integer", value: 500 },
    },
  });
  expect(first).not.toHaveProperty("parent_span_id");
  expect(second).toMatchObject({
    parent_span_id: hex(1), name: "SELECT", status: "error", is_segment: false,
    attributes: {
      "sentry.op": string("db"), "sentry.description": string("SELECT 1"), "sentry.segment.id": string(hex(1)), list: string('["a"]'), ratio: { type: "double", value: 0.5 }, ok: { type: "boolean", value: true }, password: string("****"),
    },
  });
  expect(second!.attributes).not.toHaveProperty("empty");
  expect(second!.attributes).not.toHaveProperty("sentry.span.source");
  expect(JSON.stringify(first)).not.toContain("secret.js");
});

test("what the sender says on the span wins; an orphan names no segment", () => {
  const [only] = spansV2(segmentsOf([group([span(5, 99, { attributes: { "sentry.release": "own@7", "sentry.op": "cache.get" } })])])[0]!);
  expect(only).toMatchObject({ is_segment: false, attributes: { "sentry.release": { value: "own@7" }, "sentry.op": { value: "cache.get" } } });
  expect(only!.attributes).not.toHaveProperty("sentry.segment.id");
});

test("items hold at most 1000 spans and 1 MiB; one that is larger by itself keeps what is essential", () => {
  expect(spanItems(spans(2_500, 0).map((each) => ({ ...each, attributes: {} }))).map(({ item }) => item.itemCount)).toEqual([1000, 1000, 500]);
  const large = spanItems([...spans(300, 10_000), ...spans(1, 2_000_000)]);
  expect(large.every(({ item }) => item.payload.length <= 1_000_000)).toBe(true);
  const parsed = large.flatMap(({ item }) => (JSON.parse(item.payload.toString()) as { items: { attributes: object }[] }).items);
  expect(parsed).toHaveLength(301);
  expect(large.map(({ item }) => item.itemCount)).toEqual(large.map(({ spans: held }) => held.length));
  expect(Object.keys(parsed.at(-1)!.attributes)).toContain("sentry.release");
  expect(spanItems([])).toEqual([]);
});

test("a transaction is the segment's root with its spans", () => {
  const root = span(1, 9, { kind: SERVER, statusCode: 2, attributes: { "http.request.method": "GET", "http.route": "/p" } });
  const [segment] = segmentsOf([group([span(3, 2), root, span(2, 1, { kind: CLIENT, attributes: { "db.system": "pg", "db.statement": "SELECT 1" } })])]);
  const { transaction, cut } = buildTransaction(segment!, "7");
  expect(cut).toBe(0);
  expect(transaction).toMatchObject({
    type: "transaction", transaction: "GET /p", transaction_info: { source: "route" }, platform: "node", release: "shop@1.2.3", environment: "production", start_timestamp: 1_767_323_045.679, timestamp: 1_767_323_045.684,
    contexts: { trace: { trace_id: TRACE, span_id: hex(1), parent_span_id: hex(9), op: "http.server", status: "internal_error" }, otel: { resource: { "service.name": "shop" } } },
    spans: [{ span_id: hex(2), parent_span_id: hex(1), op: "db", description: "SELECT 1", status: "ok" }, { span_id: hex(3), parent_span_id: hex(2), description: "span 3" }],
  });
  expect(transaction.event_id).toMatch(/^[0-9a-f]{32}$/);
  expect(buildTransaction(segment!, "7").transaction.event_id).toBe(transaction.event_id);
  expect(buildTransaction(segment!, "8").transaction.event_id).not.toBe(transaction.event_id);
});

test("a transaction is cut at 1000 spans, and made to fit", () => {
  const { transaction, cut } = buildTransaction(many(1_301, { text: "x" }), "7");
  expect([transaction.spans.length, cut, transaction.spans[0]!.span_id]).toEqual([1_000, 300, hex(2)]);
  const heavy = serializeTransaction(buildTransaction(many(1_000, { text: "x".repeat(4_000) }), "7").transaction);
  expect(heavy.cut).toBe(0);
  expect(heavy.payload.length).toBeLessThanOrEqual(1_000_000);
  const long = buildTransaction(many(1_000, {}), "7").transaction;
  for (const each of long.spans) each.description = "d".repeat(3_000);
  const { payload, cut: unfit } = serializeTransaction(long);
  expect(payload.length).toBeLessThanOrEqual(1_000_000);
  expect((JSON.parse(payload.toString()) as { spans: unknown[] }).spans).toHaveLength(999 - unfit);
});
