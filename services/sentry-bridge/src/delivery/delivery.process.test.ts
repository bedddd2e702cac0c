import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { accountedFor } from "../testing/books.ts";
import { type TestBridge, until } from "../testing/bridge.ts";
import { stopClocks } from "../testing/clocks.ts";
import { startFakeSentry } from "../testing/fake-sentry.ts";
import { exceptionAttributes, exceptionLog, logs, PAGE_RESOURCE, SPAN_ID, TIME, TRACE_ID, traces } from "../testing/otlp-samples.ts";
import { forTest, startBeside, startPair } from "../testing/pair.ts";

/** received = sent + collapsed + deferred + dropped, and nothing is in flight any more. */
async function expectSum(bridge: TestBridge): Promise<Record<string, number>> {
  const metrics = await bridge.metrics();
  expect(accountedFor(metrics, "exceptions")).toBe(metrics["exceptions_received_total"]);
  expect(metrics["exceptions_in_flight"]).toBe(0);
  expect(metrics["in_flight_bytes"]).toBe(0);
  return metrics;
}

/** A moment after the samples' time. */
const LATER: [number, number] = [TIME[0], TIME[1] + 1_000_000];

function several(count: number, prefix = "boom"): Buffer {
  return logs(Array.from({ length: count }, (_, i) => exceptionLog(new Error(`${prefix} ${i}`))));
}

test("an exception becomes one envelope with auth, headers and the event", async () => {
  const { sentry, bridge } = await startPair();
  const answer = await bridge.post("/v1/logs", logs([exceptionLog(new TypeError("boom"))]));
  expect(answer).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  expect(sentry.envelopes).toHaveLength(1);
  const { url, auth, headers, items } = sentry.envelopes[0]!;
  expect(url).toBe("/api/1/envelope/");
  expect(auth).toMatch(/^Sentry sentry_version=7, sentry_client=helloagents\.sentry-bridge\/[\d.]+, sentry_key=publickey$/);
  expect(items).toHaveLength(1);
  expect(headers["event_id"]).toBe(items[0]!.payload["event_id"]);
  expect(Date.parse(String(headers["sent_at"]))).not.toBeNaN();
  expect(items[0]!.payload).toMatchObject({ release: "helloagents-api@1.2.3", exception: { values: [{ type: "TypeError", value: "boom" }] } });
  await expectSum(bridge);
});

test("exceptions of pages go to the page's project", async () => {
  const { sentry, bridge } = await startPair();
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("in the page"), { resource: PAGE_RESOURCE }), exceptionLog(new Error("in the service"))]));
  expect(sentry.envelopes.map(({ url, items }) => [url, items[0]!.payload["platform"]]).sort()).toEqual([
    ["/api/1/envelope/", "node"],
    ["/api/2/envelope/", "javascript"],
  ]);
});

test("routes name the project of a service; others go to the default and are counted", async () => {
  const sentry = forTest(await startFakeSentry());
  const folder = mkdtempSync(join(tmpdir(), "bridge-routes-"));
  const file = join(folder, "routes.json");
  writeFileSync(file, JSON.stringify({ checkout: sentry.dsn("7"), billing: sentry.dsn("7"), "helloagents-web": sentry.dsn("8") }));
  const bridge = await startBeside(sentry, { SENTRY_BRIDGE_ROUTES_FILE: file });
  rmSync(folder, { recursive: true });
  const services = { checkout: "go", billing: "java", nobody: "python", "helloagents-web": "webjs", "other-page": "webjs" };
  const resources = Object.entries(services).map(([name, language]) => ({ "service.name": name, "telemetry.sdk.language": language }));
  await bridge.post("/v1/logs", logs(resources.map((resource) => exceptionLog(new Error(resource["service.name"]), { resource }))));
  const went = sentry.envelopes.map(({ url, items }) => `${(items[0]!.payload as { exception: { values: { value: string }[] } }).exception.values[0]!.value} ${url}`);
  expect(went.sort()).toEqual(["billing /api/7/envelope/", "checkout /api/7/envelope/", "helloagents-web /api/8/envelope/", "nobody /api/1/envelope/", "other-page /api/2/envelope/"]);
  expect(await expectSum(bridge)).toMatchObject({ unrouted_total: 1, exceptions_sent_total: 5 });
  expect(Object.keys(((await (await fetch(`${bridge.url}/health`)).json()) as { sentry: object }).sentry)).toHaveLength(4);
});

test("one exception seen on three spans and in a log record is sent once; repeats on one span are their own", async () => {
  const { sentry, bridge } = await startPair();
  const error = new Error("climbs");
  const event = { name: "exception", attributes: exceptionAttributes(error) };
  const spans = ["1", "2", "3"].map((n) => ({ spanId: `000000000000000${n}`, events: [event] }));
  expect((await bridge.post("/v1/traces", traces(spans))).status).toBe(200);
  expect((await bridge.post("/v1/logs", logs([exceptionLog(error)]))).status).toBe(200);
  expect(sentry.events.size).toBe(1);
  expect(await expectSum(bridge)).toMatchObject({ exceptions_received_total: 4, exceptions_sent_total: 1, exceptions_collapsed_total: 3 });

  await bridge.post("/v1/traces", traces([{ traceId: "33333333333333333333333333333333", events: [event, { ...event, time: LATER }] }]));
  expect(sentry.events.size).toBe(3);
});

test("a page's record of folded repeats is an event that says how often, on span events too", async () => {
  const { sentry, bridge } = await startPair();
  const error = new Error("storm");
  const count = { "helloagents.exception.count": 299 };
  const [first, folded] = [exceptionLog(error, { resource: PAGE_RESOURCE }), exceptionLog(error, { resource: PAGE_RESOURCE, attributes: count, time: LATER })];
  await bridge.post("/v1/logs", logs([first]));
  await bridge.post("/v1/logs", logs([folded]));
  await bridge.post("/v1/logs", logs([folded]));
  await bridge.post("/v1/traces", traces([{ traceId: "44444444444444444444444444444444", events: [{ name: "exception", attributes: exceptionAttributes(error, count) }] }]));
  const found = [...sentry.events.values()].map((event) => [(event["tags"] as Record<string, string>)["helloagents.exception.count"], (event["contexts"] as { otel: { attributes: object } }).otel.attributes]);
  expect(found).toEqual([[undefined, expect.not.objectContaining(count)], ["299", expect.objectContaining(count)], ["299", expect.objectContaining(count)]]);
  expect(await expectSum(bridge)).toMatchObject({ exceptions_sent_total: 3, exceptions_collapsed_total: 1 });
});

test("of an exception on a span and those above it, the innermost span becomes the event, in whatever order they come", async () => {
  const { sentry, bridge } = await startPair();
  const events = [{ name: "exception", attributes: exceptionAttributes(new Error("climbs")) }];
  const [outer, middle, inner] = ["a1", "a2", "a3"].map((end) => `00000000000000${end}`) as [string, string, string];
  const spans = [
    { spanId: middle, parentSpanId: outer, kind: 0, events },
    { spanId: outer, kind: 1, events: [...events, ...events.map((event) => ({ ...event, time: LATER }))] },
    { spanId: inner, parentSpanId: middle, kind: 0, events },
  ];
  await bridge.post("/v1/traces", traces(spans));
  const ids = [...sentry.events.values()].map((event) => (event["contexts"] as { trace: { span_id: string } }).trace.span_id);
  // The second time that the outer span recorded it is a repeat, and no other span has one.
  expect(ids.sort()).toEqual([outer, inner]);
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("climbs"), { attributes: events[0]!.attributes })]));
  expect(sentry.events.size).toBe(2);
  expect(await expectSum(bridge)).toMatchObject({ exceptions_sent_total: 2, exceptions_collapsed_total: 3 });
});

test.each([500, 502, 503, 504, 408])("Sentry's %i is handed back as 503 with Retry-After, and the retried batch gives the same event id", async (status) => {
  const { sentry, bridge } = await startPair();
  sentry.behave((n) => ({ status: n <= 4 ? status : 200 }));
  const body = logs([exceptionLog(new Error("later"))]);
  const first = await bridge.post("/v1/logs", body);
  expect(first.status).toBe(503);
  expect(Number(first.headers.get("retry-after"))).toBeGreaterThan(0);
  await until("the retry is accepted", async () => (await bridge.post("/v1/logs", body)).status === 200);
  const ids = new Set(sentry.envelopes.map(({ headers }) => headers["event_id"]));
  expect([...ids]).toEqual([...sentry.events.keys()]);
  const metrics = await expectSum(bridge);
  expect(metrics["exceptions_sent_total"]).toBe(1);
  expect(metrics["exceptions_deferred_total"]).toBeGreaterThan(0);
});

test("a fresh bridge gives a batch the ids that an earlier one gave it", async () => {
  const body = several(3);
  const ids = [];
  for (let i = 0; i < 2; i++) {
    const { sentry, bridge } = await startPair();
    await bridge.post("/v1/logs", body);
    ids.push([...sentry.events.keys()].sort());
  }
  expect(ids[0]).toHaveLength(3);
  expect(ids[0]).toEqual(ids[1]);
});

test("connection refused, resets and silence are handed back; what got through is not sent again", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_SEND_TIMEOUT_MS: "1000", SENTRY_BRIDGE_CONCURRENCY: "1" });
  sentry.behave((n) => (n >= 3 && n <= 8 ? (n % 2 === 0 ? "reset" : "hang") : { status: 200 }));
  const body = several(4);
  expect((await bridge.post("/v1/logs", body)).status).toBe(503);
  await until("all are accepted", async () => (await bridge.post("/v1/logs", body)).status === 200);
  expect(sentry.events.size).toBe(4);
  const metrics = await expectSum(bridge);
  expect(metrics["exceptions_sent_total"]).toBe(4);

  const { port } = sentry;
  await sentry.stop();
  const more = several(2, "while dead");
  expect((await bridge.post("/v1/logs", more)).status).toBe(503);
  expect((await (await fetch(`${bridge.url}/health`)).json()) as unknown).toMatchObject({ sentry: { [`127.0.0.1:${port}/1`]: "unreachable", [`127.0.0.1:${port}/2`]: "ok" } });
  expect(bridge.lines.join()).toContain("does not answer");
  const revived = forTest(await startFakeSentry(port));
  await until("accepted after the revival", async () => (await bridge.post("/v1/logs", more)).status === 200);
  expect(revived.events.size).toBe(2);
  await expectSum(bridge);
});

test("a single bad answer is put right at once, without troubling the sender", async () => {
  const { sentry, bridge } = await startPair();
  const seen = new Set<unknown>();
  // The first try of every fourth event fails.
  sentry.behave((_, { headers: { event_id: id } }) => {
    const again = seen.has(id);
    seen.add(id);
    return { status: !again && seen.size % 4 === 0 ? 503 : 200 };
  });
  expect((await bridge.post("/v1/logs", several(40))).status).toBe(200);
  expect(sentry.events.size).toBe(40);
  expect((await expectSum(bridge))["exceptions_sent_total"]).toBe(40);
});

test("while Sentry is down it is not hammered", async () => {
  stopClocks("performance");
  const { sentry, bridge } = await startPair();
  sentry.behave(() => ({ status: 503 }));
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push((await bridge.post("/v1/logs", several(100, `round ${i}`))).status);
  expect(answers).toEqual([503, 503, 503, 503, 503]);
  // Those that were under way when the pause began, and nothing after it.
  expect(sentry.envelopes.length).toBeLessThan(20);
  expect(bridge.lines).toHaveLength(1);
});

test("a kept connection that Sentry closed meanwhile is no failure", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_CONCURRENCY: "1" });
  sentry.behave((n) => (n === 2 ? "reset" : { status: 200 }));
  expect((await bridge.post("/v1/logs", several(1, "one"))).status).toBe(200);
  expect((await bridge.post("/v1/logs", several(1, "two"))).status).toBe(200);
  expect(sentry.events.size).toBe(2);
});

test.each([401, 403, 404, 302])("a DSN that Sentry refuses with %i is loud and keeps the data", async (status) => {
  stopClocks("performance");
  const { sentry, bridge } = await startPair();
  sentry.behave(() => ({ status, headers: status === 302 ? { location: "http://127.0.0.1:1/" } : {} }));
  expect((await bridge.post("/v1/logs", several(20))).status).toBe(503);
  expect(bridge.lines).toHaveLength(1);
  expect(bridge.lines[0]).toMatch(/ERROR: Sentry \(127\.0\.0\.1:\d+\/1\) refuses the DSN with \d+.*SENTRY_DSN/);
  expect(bridge.lines.join()).not.toContain("publickey");
  expect(sentry.envelopes.length).toBeLessThanOrEqual(8);
  const metrics = await expectSum(bridge);
  expect(metrics["exceptions_deferred_total"]).toBe(20);
});

test("rate limits: the refused event and those of the back-off are discarded and counted, the sender gets 200 with a partial success", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_CONCURRENCY: "1" });
  sentry.behave(() => ({ status: 429, headers: { "x-sentry-rate-limits": "60:error:organization:quota, 9999:transaction:key" } }));
  const answer = await bridge.post("/v1/logs", several(5), { "content-type": "application/x-protobuf" });
  expect(answer.status).toBe(200);
  expect(answer.body[0]).toBe(0x0a);
  expect(answer.body.toString()).toContain("rate limits");
  expect(sentry.envelopes).toHaveLength(1);
  expect(await expectSum(bridge)).toMatchObject({ 'exceptions_dropped_total{reason="ratelimit"}': 1, 'exceptions_dropped_total{reason="ratelimit_backoff"}': 4 });

  // The page's DSN has limits of its own.
  sentry.behave(() => ({ status: 200 }));
  expect((await bridge.post("/v1/logs", logs([exceptionLog(new Error("page"), { resource: PAGE_RESOURCE })]))).status).toBe(200);
  expect(sentry.events.size).toBe(1);
});

test("a limit on a 200 counts, and what it discards is reported to Sentry once it ends", async () => {
  const move = stopClocks("Date");
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_CONCURRENCY: "1" });
  sentry.behave((n) => ({ status: 200, headers: n === 1 ? { "x-sentry-rate-limits": "1.5:error:key" } : {} }));
  await bridge.post("/v1/logs", several(3));
  expect(sentry.envelopes).toHaveLength(1);
  move(1499);
  await bridge.post("/v1/logs", several(1, "before its end"));
  expect(sentry.envelopes).toHaveLength(1);
  move(1);
  await bridge.post("/v1/logs", several(1, "after its end"));
  expect(sentry.envelopes).toHaveLength(2);
  const report = sentry.envelopes[1]!.items[1]!;
  expect(report.header["type"]).toBe("client_report");
  expect(report.payload["discarded_events"]).toEqual([{ reason: "ratelimit_backoff", category: "error", quantity: 3 }]);
  expect((await bridge.metrics())['exceptions_dropped_total{reason="ratelimit_backoff"}']).toBe(3);
});

test.each([
  [413, "too_large"],
  [400, "refused"],
])("an event that Sentry answers with %i is dropped, counted, never tried again", async (status, reason) => {
  const { sentry, bridge } = await startPair();
  sentry.behave(() => ({ status }));
  const body = several(1);
  expect((await bridge.post("/v1/logs", body)).status).toBe(200);
  expect((await bridge.post("/v1/logs", body)).status).toBe(200);
  expect(sentry.envelopes).toHaveLength(1);
  expect(await expectSum(bridge)).toMatchObject({ [`exceptions_dropped_total{reason="${reason}"}`]: 1, exceptions_collapsed_total: 1 });
});

test("a batch that cannot be delivered in time is handed back, and makes progress each time", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_CONCURRENCY: "1", SENTRY_BRIDGE_REQUEST_TIMEOUT_MS: "150" });
  // Each new event takes longer than half of the time that a request has.
  sentry.behave(() => ({ status: 200, delayMs: 100 }));
  const body = several(6);
  expect((await bridge.post("/v1/logs", body)).status).toBe(503);
  await until("all arrived", async () => (await bridge.post("/v1/logs", body)).status === 200);
  expect(sentry.events.size).toBe(6);
  expect((await expectSum(bridge))["exceptions_sent_total"]).toBe(6);
});

test("the span that threw names the transaction when only its parent knows the route", async () => {
  const { sentry, bridge } = await startPair();
  const event = { name: "exception", attributes: exceptionAttributes(new Error("deep")) };
  await bridge.post(
    "/v1/traces",
    traces([
      { spanId: "00000000000000c1", parentSpanId: SPAN_ID, kind: 0, name: "middleware", events: [event] },
      { spanId: SPAN_ID, name: "POST /run", attributes: { "http.route": "/run", "http.request.method": "POST" } },
    ]),
  );
  expect([...sentry.events.values()][0]).toMatchObject({ transaction: "POST /run", contexts: { trace: { trace_id: TRACE_ID, span_id: "00000000000000c1", parent_span_id: SPAN_ID } } });
});
