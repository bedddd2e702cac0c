import { expect, test } from "vitest";
import { assistantTrace, projectTrace } from "../demo/traces.ts";
import { exampleTrace } from "./example.ts";
import { spansOf } from "./otlp.ts";
import { createTraces, type TraceQuery } from "./store.ts";

const trace = (n: number) => n.toString(16).padStart(32, "0");

type Piece = { service: string; name: string; startMs: number; durationMs: number; error?: boolean };

/** A trace of spans beside each other, as different services would send them. */
const piecesTrace = (n: number, pieces: Piece[]) => ({
  resourceSpans: pieces.map(({ service, name, startMs, durationMs, error }, index) => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
    scopeSpans: [{ spans: [{ traceId: trace(n), spanId: (index + 1).toString(16).padStart(16, "0"), name, kind: 2, startTimeUnixNano: `${startMs}000000`, endTimeUnixNano: `${startMs + durationMs}000000`, status: error ? { code: 2 } : {} }] }],
  })),
});

/** One request of the page to the API, which failed there, in the page, or nowhere. */
const failed = (n: number, startMs: number, where: string) =>
  piecesTrace(n, [{ service: "page", name: "click", startMs, durationMs: 90, error: where === "page" }, { service: "api", name: "GET /items", startMs, durationMs: 50, error: where === "api" }]);

const twoRoutes = (n: number, startMs: number, failing: string) => piecesTrace(n, ["GET /items", "GET /users"].map((name) => ({ service: "api", name, startMs, durationMs: 50, error: name === failing })));

const slow = (n: number, apiMs: number, pageMs: number) =>
  piecesTrace(n, [{ service: "page", name: "load", startMs: n * 1_000, durationMs: pageMs }, { service: "api", name: "GET /items", startMs: n * 1_000, durationMs: apiMs }]);

const tracesOf = (...requests: unknown[]) => {
  const traces = createTraces();
  for (const request of requests) traces.addSpans(spansOf(request).spans);
  return (query: TraceQuery): number | undefined => {
    const id = exampleTrace(traces, query);
    return id === undefined ? undefined : Number.parseInt(id, 16);
  };
};

test("the newest; with errors the newest that failed; with a bound of duration the slowest; within the range", () => {
  const example = tracesOf(
    projectTrace(trace(1), 1_000, true), projectTrace(trace(2), 2_000, true), assistantTrace(trace(3), 3_000, 900), assistantTrace(trace(4), 4_000, 5_000), assistantTrace(trace(5), 20_000, 700),
  );
  expect(example({})).toBe(5);
  expect(example({ service: "helloagents-web" })).toBe(2);
  expect(example({ error: true })).toBe(2);
  expect(example({ error: true, toMs: 1_500 })).toBe(1);
  expect(example({ minDurationMs: 500 })).toBe(4);
  expect(example({ minDurationMs: 500, fromMs: 10_000 })).toBe(5);
  expect(example({ minDurationMs: 500, toMs: 3_500 })).toBe(3);
  expect(example({ text: "/PROJECTS" })).toBe(2);
  for (const none of [{ service: "shop" }, { error: true, fromMs: 10_000 }, { minDurationMs: 6_000 }, { text: "nothing" }]) expect(example(none), JSON.stringify(none)).toBeUndefined();
});

test("a trace that failed in the service goes before a newer one that failed elsewhere, which goes before none", () => {
  const example = tracesOf(failed(1, 1_000, "api"), failed(2, 2_000, "api"), failed(3, 3_000, "page"), failed(4, 4_000, "nowhere"));
  expect(example({ service: "api", error: true })).toBe(2);
  expect(example({ service: "page", error: true })).toBe(3);
  expect(example({ service: "api", error: true, fromMs: 2_900 })).toBe(3);
});

test("of a route what failed is that route, not another one in the same trace", () => {
  const example = tracesOf(twoRoutes(1, 1_000, "GET /items"), twoRoutes(2, 2_000, "GET /users"));
  expect(example({ service: "api", text: "/items", error: true })).toBe(1);
  expect(example({ service: "api", text: "/users", error: true })).toBe(2);
});

test("the slowest is the one whose part in the service took longest, however long the trace", () => {
  const example = tracesOf(slow(1, 20, 60_000), slow(2, 800, 900), slow(3, 700, 30_000), slow(4, 600, 650));
  expect(example({ service: "api", minDurationMs: 500 })).toBe(2);
  expect(example({ service: "page", minDurationMs: 500 })).toBe(1);
  expect(example({ minDurationMs: 500 })).toBe(1);
});

test("more than a page of matches: the slowest may be the oldest", () => {
  const example = tracesOf(...Array.from({ length: 150 }, (_, n) => assistantTrace(trace(n + 1), 1_000 * (n + 1), 2_000 - n)));
  expect(example({ minDurationMs: 500 })).toBe(1);
});
