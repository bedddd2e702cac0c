import { expect, test } from "vitest";
import { type TestBridge, until } from "../testing/bridge.ts";
import { requestDurations } from "../testing/metric-samples.ts";
import { exceptionAttributes, exceptionLog, logs, NODE_RESOURCE, PAGE_RESOURCE, traces } from "../testing/otlp-samples.ts";
import { startBeside, startPair } from "../testing/pair.ts";
import { books, requests } from "../testing/books.ts";

const now = (): number => Date.now();
const counted = (count: number, status: unknown = 200, more: Record<string, unknown> = {}): { count: number; start: number; time: number; attributes: Record<string, unknown> } => ({
  count,
  start: now(),
  time: now(),
  attributes: { "http.response.status_code": status, ...more },
});

const PAGE = { ...PAGE_RESOURCE, "deployment.environment.name": "production" };
let made = 0;

/** A new id, as pages make them: a UUID of version 7. */
const sessionId = (timeMs = now()): string => `${timeMs.toString(16).padStart(12, "0")}7${(made++).toString(16).padStart(3, "0")}8${"0".repeat(15)}`;
const pageLoad = (id: string, more: Record<string, unknown> = {}): Buffer => traces([{ name: "documentLoad", kind: 0, resource: PAGE, attributes: { "session.id": id, ...more } }]);
const pageError = (id: string, severityNumber: number, message: string, more: Record<string, unknown> = {}): Buffer =>
  logs([exceptionLog(new Error(message), { resource: PAGE, severityNumber, attributes: { "session.id": id, ...more } })]);

/** A request of two exceptions, and how it was answered. */
const failing = (n: number, code: number, statusCode = 0): Parameters<typeof traces>[0][0] => ({
  traceId: `${n}`.repeat(32),
  attributes: { "http.response.status_code": code },
  statusCode,
  events: [{ name: "exception", attributes: exceptionAttributes(new Error(`in ${n}`)) }, { name: "exception", attributes: exceptionAttributes(new Error(`also in ${n}`)) }],
});

test.each(["protobuf", "json"] as const)("requests to a service become aggregates by release and minute: %s", async (encoding) => {
  const { sentry, bridge } = await startPair();
  const points = [counted(90), counted(6, 404), counted(3, 500, { "error.type": "500" }), counted(1, 503), counted(2, 200, { "error.type": "ECONNRESET" })];
  const answer = await bridge.post("/v1/metrics", requestDurations({ points }, encoding), encoding === "json" ? { "content-type": "application/json" } : {});
  expect(answer.status).toBe(200);
  expect(await books(bridge)).toEqual({ received: 102, sent: 0, dropped: 0, inFlight: 102 });
  await bridge.flush();
  expect(sentry.envelopes.map(({ url, items }) => [url, items.map(({ header }) => header["type"])])).toEqual([["/api/1/envelope/", ["sessions"]]]);
  const minute = new Date(Math.floor(points[0]!.time / 60_000) * 60_000).toISOString();
  const [item] = sentry.taken("sessions") as { aggregates: { started: string }[]; attrs: unknown }[];
  expect(item!.attrs).toEqual({ release: "helloagents-api@1.2.3", environment: "production" });
  expect(item!.aggregates[0]!.started).toBe(minute);
  expect(requests(sentry)).toEqual({ exited: 96, errored: 2, crashed: 4 });
  await bridge.flush();
  expect(sentry.envelopes).toHaveLength(1);
  expect(await books(bridge)).toEqual({ received: 102, sent: 102, dropped: 0, inFlight: 0 });
});

test("a request that the Collector delivers twice, or in the wrong order, is counted once", async () => {
  const { sentry, bridge } = await startPair();
  const start_ = now();
  const body = (count: number, time: number): Buffer => requestDurations({ points: [{ count, start: start_, time }] });
  for (const [count, time] of [[5, 10], [5, 10], [9, 30], [7, 20]] as const) await bridge.post("/v1/metrics", body(count, start_ + time));
  await bridge.flush();
  expect(await books(bridge)).toEqual({ received: 9, sent: 9, dropped: 0, inFlight: 0 });
  expect(requests(sentry)).toEqual({ exited: 9 });
});

test("a request that recorded an exception and was answered well is an errored one; one that was answered 500 stays a crash", async () => {
  const { bridge, sentry } = await startPair();
  await bridge.post("/v1/traces", traces([failing(1, 200), failing(2, 404), failing(3, 500, 2)]));
  await bridge.post("/v1/metrics", requestDurations({ points: [counted(10), counted(1, 500)] }));
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 8, errored: 2, crashed: 1 });
});

test("without a release there are no sessions, and one line that says so", async () => {
  const { bridge, sentry } = await startPair();
  const resource = { "service.name": "shop\nwith lines" };
  for (let n = 1; n <= 3; n++) await bridge.post("/v1/metrics", requestDurations({ resource, points: [counted(n)] }));
  await bridge.flush();
  expect(sentry.envelopes).toHaveLength(0);
  expect(bridge.lines).toEqual([expect.stringMatching(/^shop with lines has no release.*set service\.version/)]);
  expect((await bridge.metrics())['sessions_dropped_total{reason="no_release"}']).toBe(6);
  await books(bridge);
});

test("other metrics, and a page's, are accepted and count nothing", async () => {
  const { bridge } = await startPair();
  expect((await bridge.post("/v1/metrics", requestDurations({ name: "http.client.request.duration", points: [counted(4)] }))).status).toBe(200);
  expect((await bridge.post("/v1/metrics", requestDurations({ resource: PAGE, points: [counted(4)] }))).status).toBe(200);
  expect((await bridge.post("/v1/metrics", Buffer.from([0x0a, 0xff]))).status).toBe(400);
  expect(await books(bridge)).toEqual({ received: 0, sent: 0, dropped: 0, inFlight: 0 });
});

test("a page's session goes to the page's project: begun once, errored, crashed, then nothing", async () => {
  const { sentry, bridge } = await startPair();
  const id = sessionId();
  await bridge.post("/v1/traces", pageLoad(id, { "user.id": "u-1" }));
  await bridge.post("/v1/traces", pageLoad(id, { "user.id": "u-1" }));
  await bridge.flush();
  await bridge.post("/v1/logs", pageError(id, 17, "caught"));
  await bridge.flush();
  await bridge.post("/v1/logs", pageError(id, 21, "uncaught", { "helloagents.exception.count": 7 }));
  await bridge.flush();
  await bridge.post("/v1/logs", pageError(id, 21, "after the end"));
  await bridge.post("/v1/traces", pageLoad(id));
  await bridge.flush();
  const started = new Date(Number.parseInt(id.slice(0, 12), 16)).toISOString();
  const same = { sid: id, did: "u-1", started, attrs: { release: "helloagents-web@4.5.6", environment: "production" } };
  expect(sentry.taken("session")).toMatchObject([
    { ...same, init: true, status: "ok", errors: 0 },
    { ...same, init: false, status: "ok", errors: 1 },
    { ...same, init: false, status: "crashed", errors: 8 },
  ]);
  expect(new Set(sentry.envelopes.filter(({ items }) => items[0]!.header["type"] === "session").map(({ url }) => url))).toEqual(new Set(["/api/2/envelope/"]));
  expect(await books(bridge)).toEqual({ received: 3, sent: 3, dropped: 0, inFlight: 0 });
});

test("an error that is brought again, because Sentry was away, is counted once", async () => {
  const { sentry, bridge } = await startPair();
  const id = sessionId();
  sentry.behave((n) => ({ status: n <= 4 ? 503 : 200 }));
  const body = pageError(id, 17, "twice");
  expect((await bridge.post("/v1/logs", body)).status).toBe(503);
  await until("it is taken", async () => (await bridge.post("/v1/logs", body)).status === 200);
  await bridge.post("/v1/logs", body);
  await bridge.flush();
  expect(sentry.taken("session")).toMatchObject([{ init: true, errors: 1 }]);
});

test("at most 100 sessions go in one envelope", async () => {
  const { sentry, bridge } = await startPair();
  const spans = Array.from({ length: 250 }, () => ({ name: "documentLoad", kind: 0, resource: PAGE, attributes: { "session.id": sessionId() } }));
  await bridge.post("/v1/traces", traces(spans));
  await bridge.flush();
  expect(sentry.envelopes.map(({ items }) => items.length)).toEqual([100, 100, 50]);
  expect(new Set(sentry.taken("session").map(({ sid }) => sid)).size).toBe(250);
});

test("at most 100 minutes go in one item", async () => {
  const { sentry, bridge } = await startPair();
  const first = now() - 150 * 60_000;
  // In one request: the bridge sends by itself what has waited for 15 s.
  const points = Array.from({ length: 151 }, (_, n) => ({ count: 2, start: first + (n - 1) * 60_000, time: first + n * 60_000 }));
  await bridge.post("/v1/metrics", requestDurations({ temporality: 0, points }));
  await bridge.flush();
  const items = sentry.taken("sessions") as { aggregates: { exited: number }[] }[];
  expect(items.map(({ aggregates }) => aggregates.length)).toEqual([100, 51]);
  expect(items.flatMap(({ aggregates }) => aggregates).every(({ exited }) => exited === 2)).toBe(true);
});

test("while Sentry surely did not take them, sessions wait and are added up; once it did or may have, they are not sent again", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_SEND_TIMEOUT_MS: "2000" });
  const start_ = now();
  const id = sessionId();
  const count = (count: number, time: number): Promise<unknown> => bridge.post("/v1/metrics", requestDurations({ points: [{ count, start: start_, time: start_ + time }] }));
  await count(3, 1);
  await bridge.post("/v1/traces", pageLoad(id));
  sentry.behave(() => ({ status: 503 }));
  await bridge.flush();
  expect(await books(bridge)).toEqual({ received: 4, sent: 0, dropped: 0, inFlight: 4 });
  await count(5, 2);
  sentry.behave(() => ({ status: 200 }));
  await until("they are sent", async () => {
    await bridge.flush();
    return (await books(bridge)).inFlight === 0;
  });
  expect(requests(sentry)).toEqual({ exited: 5 });
  expect(sentry.taken("session")).toMatchObject([{ init: true, sid: id }]);

  for (const [n, rude] of ([{ status: 504 }, "half", "reset", "hang"] as const).entries()) {
    sentry.behave(() => rude);
    await count(6 + n, 3 + n);
    await bridge.flush();
  }
  sentry.behave(() => ({ status: 200 }));
  await bridge.flush();
  // Over connections of their own: a kept one may be gone without notice, and what went into it.
  expect(new Set(sentry.envelopes.map(({ connection }) => connection))).toEqual(new Set(["close"]));
  expect(await books(bridge)).toEqual({ received: 10, sent: 6, dropped: 4, inFlight: 0 });
  expect((await bridge.metrics())['sessions_dropped_total{reason="unconfirmed"}']).toBe(4);
});

test("a session limit discards sessions and leaves exceptions alone; Sentry is told", async () => {
  const { sentry, bridge } = await startPair();
  sentry.behave((n) => ({ status: 200, headers: n === 1 ? { "x-sentry-rate-limits": "60:session:organization" } : {} }));
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("first"))]));
  await bridge.post("/v1/metrics", requestDurations({ points: [counted(5)] }));
  await bridge.flush();
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("second"))]));
  expect(sentry.events.size).toBe(2);
  expect(sentry.taken("sessions")).toEqual([]);
  expect(sentry.taken("client_report")).toMatchObject([{ discarded_events: [{ reason: "ratelimit_backoff", category: "session", quantity: 1 }] }]);
  expect(await bridge.metrics()).toMatchObject({ 'sessions_dropped_total{reason="ratelimit_backoff"}': 5, [`limited_seconds{destination="127.0.0.1:${sentry.port}/1",category="session"}`]: expect.any(Number) });
});

test("after a restart a visit that is under way is neither begun nor ended again, and a running service counts from there on", async () => {
  const { sentry, bridge } = await startPair();
  const visit = sessionId();
  const service = now();
  const count = (to: TestBridge, total: number, time: number): Promise<unknown> => to.post("/v1/metrics", requestDurations({ points: [{ count: total, start: service, time }] }));
  await bridge.post("/v1/traces", pageLoad(visit));
  await count(bridge, 5, service + 1);
  await bridge.flush();
  await bridge.post("/v1/logs", pageError(visit, 21, "crash"));
  await bridge.flush();
  // A new bridge, of which the page's and the service's beginning is older.
  await until("the next millisecond", () => now() > service + 2);
  const next = await startBeside(sentry);
  await next.post("/v1/traces", pageLoad(visit));
  await next.post("/v1/logs", pageError(visit, 21, "another crash"));
  await count(next, 6, service + 3);
  await count(next, 9, service + 4);
  await next.post("/v1/traces", pageLoad(sessionId()));
  await next.flush();
  expect(sentry.taken("session").map(({ sid, init, status }) => [sid === visit, init, status])).toEqual([[true, true, "ok"], [true, false, "crashed"], [false, true, "ok"]]);
  // The sixth came between the two bridges.
  expect(requests(sentry)).toEqual({ exited: 5 + 3 });
});

test("of several bridges one counts sessions and nothing else, the others leave them alone", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_SESSIONS: "only" });
  const beside = await startBeside(sentry, { SENTRY_BRIDGE_SESSIONS: "off" });
  const id = sessionId();
  for (const each of [bridge, beside]) {
    await each.post("/v1/traces", pageLoad(id));
    await each.post("/v1/logs", pageError(id, 21, "crash"));
    await each.post("/v1/metrics", requestDurations({ points: [counted(3)], resource: NODE_RESOURCE }));
    await each.flush();
  }
  expect(sentry.events.size).toBe(1);
  expect(sentry.taken("session")).toMatchObject([{ init: true, status: "crashed" }]);
  expect(requests(sentry)).toEqual({ exited: 3 });
});
