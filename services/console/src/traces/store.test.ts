import { expect, test } from "vitest";
import { assistantTrace, projectTrace } from "../demo/traces.ts";
import { spansOf, traceLogsOf, type Span } from "./otlp.ts";
import { createTraces, TRACE_BOUNDS } from "./store.ts";

const trace = (n: number) => n.toString(16).padStart(32, "0");
const spansIn = (request: unknown) => spansOf(request).spans;

test("a trace that comes in pieces, twice and out of order is one trace", () => {
  const traces = createTraces();
  const spans = spansIn(projectTrace(trace(1), 1_000_000, true));
  traces.addSpans(spans.slice(4));
  traces.addSpans(spans.slice(0, 4));
  traces.addSpans(spans.slice(2, 6));
  expect(traces.list({})).toMatchObject([{ rootName: "click Create project", rootService: "helloagents-web", durationMs: 412, spanCount: 9, errorCount: 2, startTime: "1970-01-01T00:16:40.000Z" }]);
  const detail = traces.get(trace(1));
  expect(detail?.spans.map((span) => span.startMs)).toEqual(detail?.spans.map((span) => span.startMs).toSorted((a, b) => a - b));
  expect(detail?.spans.find((span) => span.name === "POST /projects")).toMatchObject({
    service: "helloagents-api", kind: "server", status: "error", attributes: { "http.response.status_code": 500 }, events: [{ name: "exception" }], resource: { "service.version": "0.1.0" },
  });
});

test("search by service, words, duration and error; latest first", () => {
  const traces = createTraces();
  traces.addSpans(spansIn(projectTrace(trace(1), 1_000, true)));
  traces.addSpans(spansIn(projectTrace(trace(2), 3_000, false)));
  traces.addSpans(spansIn(assistantTrace(trace(3), 2_000, 900)));
  const found = (query: Parameters<typeof traces.list>[0]) => traces.list(query).map((each) => Number(each.traceId));
  expect(found({})).toEqual([2, 3, 1]);
  expect(found({ service: "helloagents-web" })).toEqual([2, 1]);
  expect(found({ text: "assistant" })).toEqual([3]);
  expect(found({ text: "post /PROJECTS" }), "a route inside a trace that began in the page").toEqual([2, 1]);
  expect(found({ minDurationMs: 500 })).toEqual([3]);
  expect(found({ error: true })).toEqual([1]);
  expect(found({ fromMs: 2_000 })).toEqual([2, 3]);
  expect(found({ fromMs: 1_500, toMs: 2_500 })).toEqual([3]);
  expect(found({ error: false })).toEqual([2, 3]);
  expect(found({ limit: 1 })).toEqual([2]);
  expect(traces.services()).toEqual(["helloagents-api", "helloagents-frontend", "helloagents-web"]);
});

test("bounded by count, by bytes and per trace; the oldest go first", () => {
  const few = createTraces({ ...TRACE_BOUNDS, maxTraces: 3 });
  for (let n = 1; n <= 5; n += 1) few.addSpans(spansIn(assistantTrace(trace(n), n * 1000, 10)));
  expect(few.count()).toBe(3);
  expect(few.get(trace(2))).toBeUndefined();
  expect(few.get(trace(5))).toBeDefined();

  const light = createTraces({ ...TRACE_BOUNDS, maxBytes: 20_000 });
  for (let n = 1; n <= 50; n += 1) light.addSpans(spansIn(assistantTrace(trace(n), n * 1000, 10)));
  expect(light.bytes()).toBeLessThanOrEqual(20_000);
  expect(light.count()).toBeGreaterThan(2);

  const short = createTraces({ ...TRACE_BOUNDS, maxSpansPerTrace: 4 });
  short.addSpans(spansIn(projectTrace(trace(1), 0 + 1, false)));
  expect(short.get(trace(1))).toMatchObject({ spanCount: 4, droppedSpans: 5 });
});

test("logs of a trace join it, also when they come first", () => {
  const traces = createTraces();
  const request = { resourceLogs: [{ resource: {}, scopeLogs: [{ logRecords: [{ traceId: trace(1), spanId: "00f067aa0ba902b7", observedTimeUnixNano: "1000000", severityNumber: 17, eventName: "exception", body: { stringValue: "boom" } }, { body: { stringValue: "no trace" } }] }] }] };
  traces.addLogs(traceLogsOf(request));
  expect(traces.list({})).toEqual([]);
  traces.addSpans(spansIn(projectTrace(trace(1), 1, true)));
  expect(traces.get(trace(1))?.logs).toMatchObject([{ severity: "ERROR", eventName: "exception", body: "boom", spanId: "00f067aa0ba902b7", timeMs: 1 }]);
});

const span = (more: object) => ({ traceId: trace(1).toUpperCase().replace(/^0/, "A"), spanId: "00F067AA0BA902B7", name: "n", startTimeUnixNano: 1_000_001_000, endTimeUnixNano: "1000500000", ...more });
const wrap = (...spans: unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

test("OTLP JSON in all its spellings; what cannot be placed is counted, nothing throws", () => {
  const attributes = [
    { key: "i", value: { intValue: "9007199254740993" } }, { key: "n", value: { intValue: 5 } }, { key: "d", value: { doubleValue: 1.5 } }, { key: "b", value: { boolValue: false } },
    { key: "a", value: { arrayValue: { values: [{ stringValue: "x" }] } } }, { key: "m", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } }, { key: "e", value: {} },
  ];
  expect(spansOf(wrap(span({ kind: "SPAN_KIND_CLIENT", status: { code: "STATUS_CODE_ERROR" }, attributes }))).spans).toMatchObject([
    { kind: "client", status: "error", service: "unknown_service", startMs: 1000.001, endMs: 1000.5, attributes: { i: "9007199254740993", n: 5, d: 1.5, b: false, a: ["x"], m: { k: "v" }, e: null } },
  ] satisfies Partial<Span>[]);
  expect(spansOf(wrap(span({ traceId: "xyz" }), span({ spanId: "0".repeat(16) }), span({ startTimeUnixNano: "soon" }), null, 7)).rejected).toBe(5);
  for (const odd of [null, 1, [], { resourceSpans: 1 }, { resourceSpans: [null, { scopeSpans: "x" }] }]) expect(spansOf(odd)).toEqual({ spans: [], rejected: 0 });
});
