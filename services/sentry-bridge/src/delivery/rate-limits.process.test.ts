import { expect, test } from "vitest";
import { accountedFor } from "../testing/books.ts";
import { type TestBridge, until } from "../testing/bridge.ts";
import { stopClocks } from "../testing/clocks.ts";
import { type Behaviour, type FakeSentry, startFakeSentry } from "../testing/fake-sentry.ts";
import { requestDurations } from "../testing/metric-samples.ts";
import { exceptionLog, logs, traces } from "../testing/otlp-samples.ts";
import { forTest, startBeside, startPair } from "../testing/pair.ts";

// A test for each row of Sentry's rules (develop.sentry.dev: rate limiting, client reports), played by the fake.
const start = (env: Record<string, string> = {}): ReturnType<typeof startPair> => startPair({ SENTRY_BRIDGE_CONCURRENCY: "1", SENTRY_BRIDGE_SPANS: "spans", ...env });

let unique = 0;
const hex = (digits: number): string => (++unique).toString(16).padStart(digits, "0");

/** One of each category that the bridge sends. */
async function sendEach(bridge: TestBridge): Promise<number[]> {
  const exception = await bridge.post("/v1/logs", logs([exceptionLog(new Error(`boom ${++unique}`))]));
  const span = await bridge.post("/v1/traces", traces([{ traceId: hex(32), spanId: hex(16) }]));
  const time = Date.now();
  await bridge.post("/v1/metrics", requestDurations({ points: [{ count: 1, start: time - ++unique, time }], temporality: 0 }));
  await bridge.flush();
  return [exception.status, span.status];
}

const answerFirst = (sentry: FakeSentry, first: Behaviour): void => sentry.behave((n) => (n === 1 ? first : { status: 200 }));
const DROPPED = /^(\w+)_dropped_total\{reason="(\w+)"\}$/;

/** What was dropped, as `kind reason: count`. */
async function dropped(bridge: TestBridge): Promise<string[]> {
  const metrics = Object.entries(await bridge.metrics());
  return metrics.flatMap(([name, value]) => (value > 0 && DROPPED.test(name) ? [name.replace(DROPPED, `$1 $2: ${value}`)] : [])).sort();
}

function reported(sentry: FakeSentry): string[] {
  return sentry.taken("client_report").flatMap(({ discarded_events: events }) => (events as Record<string, unknown>[]).map(({ reason, category, quantity }) => `${String(category)} ${String(reason)}: ${String(quantity)}`));
}

const types = (sentry: FakeSentry): unknown[] => sentry.envelopes.map(({ items }) => items[0]!.header["type"]);

async function expectSums(bridge: TestBridge): Promise<void> {
  const metrics = await bridge.metrics();
  for (const kind of ["exceptions", "sessions", "spans", "transactions"]) {
    expect([kind, accountedFor(metrics, kind)]).toEqual([kind, metrics[`${kind}_received_total`]]);
  }
}

test.each([200, 429, 400, 503])("X-Sentry-Rate-Limits counts on a %i, for its categories only", async (status) => {
  const { sentry, bridge } = await start();
  answerFirst(sentry, { status, headers: { "x-sentry-rate-limits": "60:span;session:organization:quota, 60:monitor:key" } });
  await sendEach(bridge);
  await sendEach(bridge);
  const attempts = status === 503 ? 3 : 2;
  expect(types(sentry)).toEqual(Array.from({ length: attempts }, () => "event"));
  expect(await dropped(bridge)).toEqual([...(status === 429 ? ["exceptions ratelimit: 1"] : status === 400 ? ["exceptions refused: 1"] : []), "sessions ratelimit_backoff: 2", "spans ratelimit_backoff: 2"]);
  await expectSums(bridge);
});

test.each([
  ["no category", { "x-sentry-rate-limits": "60::organization" }],
  ["429 with Retry-After only", { "retry-after": "60" }],
  ["429 bare: 60 s", {}],
])("all categories are limited: %s", async (_, headers) => {
  const { sentry, bridge } = await start();
  answerFirst(sentry, { status: 429, headers: headers as Record<string, string> });
  expect(await sendEach(bridge)).toEqual([200, 200]);
  expect(sentry.envelopes).toHaveLength(1);
  expect(await dropped(bridge)).toEqual(["exceptions ratelimit: 1", "sessions ratelimit_backoff: 1", "spans ratelimit_backoff: 1"]);
  const limited = Object.entries(await bridge.metrics()).filter(([name]) => name.startsWith("limited_seconds"));
  expect(limited.map(([name]) => /category="(\w+)"/.exec(name)?.[1])).toEqual(["error", "session", "span", "transaction", "internal"]);
  for (const [, seconds] of limited) expect(seconds).toBeGreaterThan(0);
  await expectSums(bridge);
});

test("unknown categories alone limit nothing, on a 429 neither", async () => {
  const { sentry, bridge } = await start();
  answerFirst(sentry, { status: 429, headers: { "x-sentry-rate-limits": "60:profile;replay:key", "retry-after": "60" } });
  await sendEach(bridge);
  await sendEach(bridge);
  expect(await dropped(bridge)).toEqual(["exceptions ratelimit: 1"]);
  expect(bridge.lines).toEqual([expect.stringMatching(/ answered 429 to an envelope \(error\) and discards it\.$/)]);
  expect(types(sentry)).toEqual(["event", "span", "sessions", "event", "span", "sessions"]);
});

test("of several limits on a category the longest holds", async () => {
  stopClocks("Date");
  const { sentry, bridge } = await start();
  sentry.behave((n) => ({ status: 200, headers: { "x-sentry-rate-limits": n === 1 ? "60:error:key, 2:error:key" : "1:error:key" } }));
  await sendEach(bridge);
  expect((await bridge.metrics())[`limited_seconds{destination="127.0.0.1:${sentry.port}/1",category="error"}`]).toBe(60);
});

test("limits are the DSN's own", async () => {
  const [sentry, other] = [forTest(await startFakeSentry()), forTest(await startFakeSentry())];
  const bridge = await startBeside(sentry, { VITE_SENTRY_DSN: other.dsn("2") });
  answerFirst(sentry, { status: 429 });
  const page = { "service.name": "helloagents-web", "telemetry.sdk.language": "webjs" };
  for (let n = 0; n < 2; n++) await bridge.post("/v1/logs", logs([exceptionLog(new Error(`service ${n}`)), exceptionLog(new Error(`page ${n}`), { resource: page })]));
  expect(sentry.events.size).toBe(0);
  expect(other.events.size).toBe(2);
});

test("what a limit discards is reported as ratelimit_backoff, by category; the answer 429 itself is not reported", async () => {
  const move = stopClocks("Date");
  const { sentry, bridge } = await start();
  answerFirst(sentry, { status: 429, headers: { "x-sentry-rate-limits": "1:error;span;session:key" } });
  await sendEach(bridge);
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("second"))]));
  await bridge.post("/v1/traces", traces([{ traceId: hex(32), spanId: hex(16) }, { traceId: hex(32), spanId: hex(16) }]));
  move(1000);
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("after it"))]));
  expect(reported(sentry).sort()).toEqual(["error ratelimit_backoff: 1", "session ratelimit_backoff: 1", "span ratelimit_backoff: 3"]);
  await expectSums(bridge);
});

test.each([
  [413, "too_large"],
  [400, "refused"],
  [451, "refused"],
])("a %i is discarded, never retried, and reported as send_error", async (status, reason) => {
  const { sentry, bridge } = await start();
  sentry.behave((n) => ({ status: n <= 3 ? status : 200 }));
  expect(await sendEach(bridge)).toEqual([200, 200]);
  expect(types(sentry)).toEqual(["event", "span", "sessions"]);
  expect(await dropped(bridge)).toEqual([`exceptions ${reason}: 1`, `sessions ${reason}: 1`, `spans ${reason}: 1`]);
  await sendEach(bridge);
  expect(reported(sentry).sort()).toEqual(["error send_error: 1", "session send_error: 1", "span send_error: 1"]);
  await expectSums(bridge);
});

test("a dropped transaction is reported with the spans in it and one more", async () => {
  const move = stopClocks("Date");
  const { sentry, bridge } = await start({ SENTRY_BRIDGE_SPANS: "transactions" });
  answerFirst(sentry, { status: 200, headers: { "x-sentry-rate-limits": "1:transaction:organization" } });
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("first"))]));
  const traceId = hex(32);
  const [root, ...children] = [hex(16), hex(16), hex(16)] as const;
  await bridge.post("/v1/traces", traces([{ traceId, spanId: root }, ...children.map((spanId) => ({ traceId, spanId, parentSpanId: root, kind: 2 }))]));
  move(1000);
  await bridge.post("/v1/logs", logs([exceptionLog(new Error("after it"))]));
  expect(reported(sentry).sort()).toEqual(["span ratelimit_backoff: 3", "transaction ratelimit_backoff: 1"]);
  expect(await dropped(bridge)).toEqual(["transactions ratelimit_backoff: 1"]);
});

test.each([
  ["silence", "hang"],
  ["a reset", "reset"],
  ["half an answer", "half"],
] as const)("%s: handed back, and delivered once when it is brought again", async (_, rude) => {
  const { sentry, bridge } = await start({ SENTRY_BRIDGE_SEND_TIMEOUT_MS: "1000" });
  sentry.behave((n) => (n <= 3 ? rude : { status: 200 }));
  const body = logs([exceptionLog(new Error("patient"))]);
  const first = await bridge.post("/v1/logs", body);
  expect([first.status, Number(first.headers.get("retry-after")) > 0]).toEqual([503, true]);
  await until("it is taken", async () => (await bridge.post("/v1/logs", body)).status === 200);
  expect(sentry.events.size).toBe(1);
  expect(new Set(sentry.envelopes.map(({ headers }) => headers["event_id"])).size).toBe(1);
  await expectSums(bridge);
});

test.each(["cut", "endless"] as const)("an answer whose body is %s counts by its status, and is not repeated", async (body) => {
  const { sentry, bridge } = await start();
  sentry.behave(() => ({ status: 200, body }));
  expect(await sendEach(bridge)).toEqual([200, 200]);
  expect(types(sentry)).toEqual(["event", "span", "sessions"]);
  await expectSums(bridge);
});

test("a slow Sentry is waited for within its time", async () => {
  const { sentry, bridge } = await start();
  sentry.behave(() => ({ status: 200, delayMs: 300 }));
  expect(await sendEach(bridge)).toEqual([200, 200]);
  expect(types(sentry)).toEqual(["event", "span", "sessions"]);
});

test("short limits can be held: the sender gets 503 with the time to wait, and nothing is discarded", async () => {
  const move = stopClocks("Date");
  const { sentry, bridge } = await start({ SENTRY_BRIDGE_HOLD_SECONDS: "60" });
  answerFirst(sentry, { status: 429, headers: { "x-sentry-rate-limits": "2:error:key" } });
  const body = logs([exceptionLog(new Error("held")), exceptionLog(new Error("held too"))]);
  const answer = await bridge.post("/v1/logs", body);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("2");
  move(1999);
  expect((await bridge.post("/v1/logs", body)).status).toBe(503);
  move(1);
  expect((await bridge.post("/v1/logs", body)).status).toBe(200);
  expect(sentry.events.size).toBe(2);
  expect(await dropped(bridge)).toEqual([]);
  expect(reported(sentry)).toEqual([]);
  await expectSums(bridge);
});

test("longer limits than are held discard as ever", async () => {
  const { sentry, bridge } = await start({ SENTRY_BRIDGE_HOLD_SECONDS: "5" });
  answerFirst(sentry, { status: 429, headers: { "x-sentry-rate-limits": "60:error:key" } });
  expect((await bridge.post("/v1/logs", logs([exceptionLog(new Error("a")), exceptionLog(new Error("b"))]))).status).toBe(200);
  expect(await dropped(bridge)).toEqual(["exceptions ratelimit: 1", "exceptions ratelimit_backoff: 1"]);
});
