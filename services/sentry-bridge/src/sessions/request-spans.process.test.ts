import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type TestBridge, until } from "../testing/bridge.ts";
import { requestDurations } from "../testing/metric-samples.ts";
import { exceptionAttributes, exceptionLog, logs, NODE_RESOURCE, PAGE_RESOURCE, type SampleLog, type SampleSpan, traces } from "../testing/otlp-samples.ts";
import { startBeside, startPair } from "../testing/pair.ts";
import { books, requests } from "../testing/books.ts";

const FROM_SPANS = { SENTRY_BRIDGE_SESSIONS_FROM_SPANS: "shop, team-*, helloagents-web" };
const SHOP = { ...NODE_RESOURCE, "service.name": "shop" };
const at = (ms: number): [number, number] => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];

/** A request to the shop, a second ago. */
function served(status: number, more: SampleSpan = {}): SampleSpan & Required<Pick<SampleSpan, "traceId" | "spanId" | "start" | "end">> {
  const begun = Date.now() - 1_000;
  return { resource: SHOP, traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex"), start: at(begun), end: at(begun + 900), attributes: { "http.request.method": "GET", "http.response.status_code": status }, ...more };
}

const several = (count: number, status: number): SampleSpan[] => Array.from({ length: count }, () => served(status));
const logged = (message: string, { traceId, end }: ReturnType<typeof served>, more: SampleLog = {}): Buffer => logs([exceptionLog(new Error(message), { resource: SHOP, traceId, spanId: "00000000000000ff", time: end, ...more })]);
const thrown = (message: string): SampleSpan => ({ events: [{ name: "exception", attributes: exceptionAttributes(new Error(message)) }] });
const taken = async (bridge: TestBridge, path: string, body: Buffer): Promise<void> => void expect((await bridge.post(path, body)).status).toBe(200);

test.each(["protobuf", "json"] as const)("requests to a service that is named are counted by its SERVER spans, in the minute that they began: %s", async (encoding) => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  const first = served(200, { start: at(Date.now() - 600_000) });
  const old = { attributes: { "http.method": "GET", "http.status_code": 502 } };
  const others: SampleSpan[] = [served(200, { kind: 2 }), served(200, { attributes: { "rpc.system": "grpc" } }), served(500, { resource: NODE_RESOURCE }), served(500, { resource: PAGE_RESOURCE })];
  const body = traces([first, ...several(5, 200), ...several(2, 404), served(500), served(0, old), served(0, { attributes: { "http.method": "GET" }, statusCode: 2 }), served(200, { resource: { ...SHOP, "service.name": "team-a" } }), ...others], encoding);
  expect((await bridge.post("/v1/traces", body, encoding === "json" ? { "content-type": "application/json" } : {})).status).toBe(200);
  expect(await books(bridge)).toEqual({ received: 12, sent: 0, dropped: 0, inFlight: 12 });
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 9, crashed: 3 });
  const items = sentry.taken("sessions") as { attrs: unknown; aggregates: { started: string }[] }[];
  expect(items.map(({ attrs }) => attrs)).toEqual([{ release: "shop@1.2.3", environment: "production" }, { release: "team-a@1.2.3", environment: "production" }]);
  expect(items[0]!.aggregates[0]!.started).toBe(new Date(Math.floor(first.start[0] / 60) * 60_000).toISOString());
  expect(await books(bridge)).toEqual({ received: 12, sent: 12, dropped: 0, inFlight: 0 });
});

test("no request counts twice: of a service that is named the metric counts nothing, of all others the spans", async () => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  const time = Date.now();
  const points = [{ count: 7, start: time, time }];
  for (const resource of [SHOP, NODE_RESOURCE]) {
    await taken(bridge, "/v1/traces", traces(Array.from({ length: 7 }, () => served(200, { resource }))));
    await taken(bridge, "/v1/metrics", requestDurations({ resource, points }));
  }
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 14 });
});

test("a request during which an exception was recorded, on a span or only in a log record, is an errored one", async () => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  const [own, below, before, after, warned] = [served(200, thrown("own")), served(200), served(200), served(200), served(200)] as const;
  const crashed = served(500, { ...thrown("crash"), statusCode: 2 });
  await taken(bridge, "/v1/logs", logged("before", before));
  await taken(bridge, "/v1/logs", logged("only a warning", warned, { severityNumber: 13 }));
  await taken(bridge, "/v1/traces", traces([own, below, { ...served(0), ...thrown("below"), traceId: below.traceId, parentSpanId: below.spanId, kind: 0, attributes: {} }, before, after, warned, crashed, ...several(4, 200)]));
  await taken(bridge, "/v1/logs", logged("after", after));
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 5, errored: 4, crashed: 1 });
});

test("a request that two instrumentations tell of is one", async () => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  const outer = served(200);
  await taken(bridge, "/v1/traces", traces([served(200, { traceId: outer.traceId, parentSpanId: outer.spanId }), outer]));
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 1 });
  expect(await books(bridge)).toEqual({ received: 2, sent: 1, dropped: 0, inFlight: 0, collapsed: 1 });
});

test("a batch that comes again, because Sentry was away or the answer was lost, is counted once", async () => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  const batch = traces([served(200, thrown("once")), ...several(3, 200)]);
  sentry.behave(() => ({ status: 503 }));
  expect((await bridge.post("/v1/traces", batch)).status).toBe(503);
  expect(await books(bridge)).toMatchObject({ received: 0 });
  sentry.behave(() => ({ status: 200 }));
  await until("it is taken", async () => (await bridge.post("/v1/traces", batch)).status === 200);
  await taken(bridge, "/v1/traces", batch);
  await bridge.flush();
  await taken(bridge, "/v1/traces", batch);
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 3, errored: 1 });
  expect(await books(bridge)).toEqual({ received: 12, sent: 4, dropped: 0, inFlight: 0, collapsed: 8 });
});

test("more than wait at once go on counting, and without a release nothing is counted", async () => {
  const { sentry, bridge } = await startPair(FROM_SPANS);
  for (let n = 0; n < 3; n++) await taken(bridge, "/v1/traces", traces(several(5_000, 200)));
  await taken(bridge, "/v1/traces", traces([served(200, { resource: { "service.name": "team-without" } })]));
  await bridge.flush();
  expect(requests(sentry)).toEqual({ exited: 15_000 });
  expect(await books(bridge)).toEqual({ received: 15_001, sent: 15_000, dropped: 1, inFlight: 0 });
  expect(bridge.lines).toEqual([expect.stringMatching(/^team-without has no release/)]);
});

test("of several bridges one counts, and those without sessions read no spans for it", async () => {
  const { sentry, bridge } = await startPair({ ...FROM_SPANS, SENTRY_BRIDGE_SESSIONS: "only" });
  const beside = await startBeside(sentry, { ...FROM_SPANS, SENTRY_BRIDGE_SESSIONS: "off" });
  const batch = traces([served(200, thrown("one event")), ...several(3, 200)]);
  for (const each of [bridge, beside]) {
    await taken(each, "/v1/traces", batch);
    await each.flush();
  }
  expect(sentry.events.size).toBe(1);
  expect(requests(sentry)).toEqual({ exited: 3, errored: 1 });
  expect(await books(beside)).toMatchObject({ received: 0 });
});
