import { expect, test } from "vitest";
import { exceptionAttributes, NODE_RESOURCE, PAGE_RESOURCE, traces } from "../testing/otlp-samples.ts";
import { startPair } from "../testing/pair.ts";

const start = (mode: string): ReturnType<typeof startPair> => startPair({ SENTRY_BRIDGE_SPANS: mode });

const [A, B] = ["a".repeat(32), "b".repeat(32)];
const id = (n: number): string => n.toString(16).padStart(16, "0");
/** Two traces; the first began in a page. */
const TRACES = [
  { traceId: A, spanId: id(1), name: "click", kind: 0, resource: PAGE_RESOURCE },
  { traceId: A, spanId: id(2), parentSpanId: id(1), attributes: { "http.request.method": "GET", "http.route": "/p" } },
  { traceId: A, spanId: id(3), parentSpanId: id(2), kind: 2, name: "SELECT", attributes: { "db.system": "pg" }, events: [{ name: "exception", attributes: exceptionAttributes(new Error("both ways")) }] },
  { traceId: B, spanId: id(4) },
];

const header = (count: number): unknown => ({ type: "span", item_count: count, content_type: "application/vnd.sentry.items.span.v2+json", length: expect.any(Number) });

test("off: spans are nobody's but for their exceptions", async () => {
  const { sentry, bridge } = await start("off");
  expect((await bridge.post("/v1/traces", traces(TRACES))).status).toBe(200);
  expect(sentry.envelopes.map(({ items }) => items.map(({ header }) => header["type"]))).toEqual([["event"]]);
  expect(await bridge.metrics()).toMatchObject({ spans_received_total: 0 });
});

test.each(["protobuf", "json"] as const)("spans: items of one trace and project each, with count, content type and trace header: %s", async (encoding) => {
  const { sentry, bridge } = await start("spans");
  const headers = { "content-type": encoding === "json" ? "application/json" : "application/x-protobuf" };
  expect((await bridge.post("/v1/traces", traces(TRACES, encoding), headers)).status).toBe(200);
  const found = sentry.envelopes.filter(({ items }) => items[0]!.header["type"] === "span");
  const shape = found.map(({ url, headers: envelope, items }) => ({ url, trace: envelope["trace"], item: items[0]!.header, spans: (items[0]!.payload["items"] as { span_id: string }[]).map(({ span_id }) => span_id) }));
  const release = { release: "helloagents-api@1.2.3", environment: "production" };
  expect(shape.sort((one, other) => one.spans[0]!.localeCompare(other.spans[0]!))).toEqual([
    { url: "/api/2/envelope/", trace: { trace_id: A, public_key: "publickey", release: "helloagents-web@4.5.6" }, item: header(1), spans: [id(1)] },
    { url: "/api/1/envelope/", trace: { trace_id: A, public_key: "publickey", ...release }, item: header(2), spans: [id(2), id(3)] },
    { url: "/api/1/envelope/", trace: { trace_id: B, public_key: "publickey", ...release }, item: header(1), spans: [id(4)] },
  ]);
  expect(sentry.events.size).toBe(1);
  expect(await bridge.metrics()).toMatchObject({ spans_received_total: 4, spans_sent_total: 4, spans_in_flight: 0, exceptions_sent_total: 1 });
});

test("transactions: one event for each local root, the same whenever it comes", async () => {
  const ids = [];
  for (let n = 0; n < 2; n++) {
    const { sentry, bridge } = await start("transactions");
    expect((await bridge.post("/v1/traces", traces(TRACES))).status).toBe(200);
    const found = sentry.envelopes.filter(({ items }) => items[0]!.header["type"] === "transaction");
    expect(found.every(({ headers, items }) => headers["event_id"] === items[0]!.payload["event_id"] && items.length === 1)).toBe(true);
    const shape = found.map(({ url, items: [item] }) => [url, item!.payload["transaction"], (item!.payload["spans"] as unknown[]).length]);
    expect(shape.sort()).toEqual([
      ["/api/1/envelope/", "GET /items/:id", 0],
      ["/api/1/envelope/", "GET /p", 1],
      ["/api/2/envelope/", "click", 0],
    ]);
    ids.push(found.map(({ headers }) => headers["event_id"]).sort());
    expect(await bridge.metrics()).toMatchObject({ transactions_received_total: 3, transactions_sent_total: 3, transactions_in_flight: 0, spans_received_total: 0 });
  }
  expect(ids[0]).toEqual(ids[1]);
});

test("a request that is handed back is not sent twice where it had arrived", async () => {
  const { sentry, bridge } = await start("spans");
  sentry.behave((_, { items }) => ({ status: items[0]!.header["type"] === "event" ? 503 : 200 }));
  const body = traces(TRACES);
  expect((await bridge.post("/v1/traces", body)).status).toBe(503);
  sentry.behave(() => ({ status: 200 }));
  expect((await bridge.post("/v1/traces", body)).status).toBe(200);
  expect(sentry.events.size).toBe(1);
  expect(sentry.taken("span").flatMap(({ items }) => items as unknown[])).toHaveLength(4);
  const metrics = await bridge.metrics();
  expect(metrics["spans_sent_total"]! + metrics["spans_collapsed_total"]! + metrics["spans_deferred_total"]!).toBe(metrics["spans_received_total"]);
});

test("a server that takes no spans says so with a limit, and exceptions go on", async () => {
  const { sentry, bridge } = await start("spans");
  // As Bugsink answers, on every 200.
  sentry.behave(() => ({ status: 200, headers: { "x-sentry-rate-limits": "86400:transaction;span:organization" } }));
  await bridge.post("/v1/traces", traces([{ traceId: B, spanId: id(9), resource: NODE_RESOURCE }]));
  await bridge.post("/v1/traces", traces(TRACES));
  // The page's project has limits of its own.
  expect(sentry.envelopes.filter(({ items }) => items[0]!.header["type"] === "span").map(({ url }) => url)).toEqual(["/api/1/envelope/", "/api/2/envelope/"]);
  expect(sentry.events.size).toBe(1);
  expect(await bridge.metrics()).toMatchObject({ 'spans_dropped_total{reason="ratelimit_backoff"}': 3, spans_sent_total: 2, exceptions_sent_total: 1 });
  expect(await (await fetch(`${bridge.url}/health`)).json()).toMatchObject({ sentry: { [`127.0.0.1:${sentry.port}/1`]: "ok" } });
});
