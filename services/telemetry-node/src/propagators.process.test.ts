/** Traces stay whole across services, those on the Sentry SDK included. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { endApps, eventually, startApp } from "./test-support/app.ts";
import { startSink, type Sink } from "./test-support/sink.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(async () => {
  endApps();
  await sink.close();
});

async function callThrough(propagators: string | undefined, headers: Record<string, string>, path = "/out"): Promise<{ out: NodeJS.Dict<string | string[]>; stderr: string }> {
  const app = await startApp({ sink, env: { OUT_URL: `${sink.url}/out`, ...(propagators ? { OTEL_PROPAGATORS: propagators } : {}) } });
  expect((await app.get(path, headers)).status).toBe(200);
  const request = await eventually(() => sink.requests.find(({ path }) => path === "/out"));
  await eventually(() => sink.spans.length >= 2 || /-0$|-00$/.test(Object.values(headers)[0] ?? ""));
  return { out: request.headers, stderr: app.stderr() };
}

test("by default traceparent comes in and goes out, sentry-trace does not", async () => {
  const { out } = await callThrough(undefined, { traceparent: `00-${TRACE}-${PARENT}-01` });
  expect(out["traceparent"]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(out["sentry-trace"]).toBeUndefined();
  expect(sink.spans.find(({ kind }) => kind === 2)).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
});

test.each([
  { decision: "sampled", header: `${TRACE}-${PARENT}-1` },
  { decision: "not decided yet", header: `${TRACE}-${PARENT}` },
])("sentry: a sentry-trace header ($decision) is continued, and both headers go out with its trace id", async ({ header }) => {
  const baggage = `sentry-trace_id=${TRACE},sentry-environment=prod,tenant=blue`;
  for (const path of ["/out", "/fetch"]) {
    sink.requests.length = 0;
    sink.spans.length = 0;
    const { out, stderr } = await callThrough("tracecontext,baggage,sentry", { "sentry-trace": header, baggage }, path);
    const client = sink.spans.find(({ kind }) => kind === 3);
    expect(sink.spans.find(({ kind }) => kind === 2)).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(out["traceparent"]).toBe(`00-${TRACE}-${client?.spanId}-01`);
    expect(out["sentry-trace"]).toBe(`${TRACE}-${client?.spanId}-1`);
    expect(out["baggage"]).toContain("tenant=blue");
    expect(out["baggage"]).toContain("sentry-environment=prod");
    expect(stderr).toBe("");
  }
});

test("sentry: a trace that Sentry decided not to sample is not sampled here", async () => {
  const { out } = await callThrough("tracecontext,baggage,sentry", { "sentry-trace": `${TRACE}-${PARENT}-0` });
  expect(out["sentry-trace"]).toMatch(new RegExp(`^${TRACE}-[0-9a-f]{16}-0$`));
  expect(out["traceparent"]).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  expect(sink.spans).toEqual([]);
});

test("sentry: without an incoming header a new trace goes out under both names", async () => {
  const { out } = await callThrough("tracecontext,baggage,sentry", {});
  const [, trace] = String(out["traceparent"]).split("-");
  expect(String(out["sentry-trace"]).split("-")[0]).toBe(trace);
});

test("b3multi works as documented by OpenTelemetry", async () => {
  const { out } = await callThrough("b3multi", { "x-b3-traceid": TRACE, "x-b3-spanid": PARENT, "x-b3-sampled": "1" });
  expect(out["x-b3-traceid"]).toBe(TRACE);
  expect(out["traceparent"]).toBeUndefined();
});
