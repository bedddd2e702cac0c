/** Each exception becomes one record with its stack, route, trace and user; none for what the application answers below 500. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endApps, eventually, express4, fixtures, spawnApp, startApp } from "./test-support/app.ts";
import { startSink, type Sink } from "./test-support/sink.ts";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(async () => {
  endApps();
  await sink.close();
});

test.each([
  { file: "app.cjs", version: "5", EXPRESS: "express", HANDLED: "" },
  { file: "app.cjs", version: "5, own error handler", EXPRESS: "express", HANDLED: "1" },
  { file: "app.cjs", version: "4", EXPRESS: express4, HANDLED: "" },
  { file: "app.cjs", version: "4, own error handler", EXPRESS: express4, HANDLED: "1" },
  { file: "app.mjs", version: "5 in an ES module", EXPRESS: "express", HANDLED: "" },
])("thrown, rejected and passed on in express $version", async ({ file, version, EXPRESS, HANDLED }) => {
  const app = await startApp({ file, sink, env: { EXPRESS, HANDLED } });
  // Express 4 does not look at promises: a rejection there is an unhandled one, tested below.
  const ways = version.startsWith("4") ? ["sync", "next"] : ["sync", "async", "next"];
  for (const way of ways) expect((await app.get(`/orders/5/${way}?token=secret`)).status).toBe(HANDLED ? 503 : 500);
  expect((await app.get("/orders/5/missing")).status).toBe(404);
  await eventually(() => sink.logs.length >= ways.length && sink.spans.length >= ways.length + 1);

  expect(sink.logs).toHaveLength(ways.length);
  for (const [index, way] of ways.entries()) {
    const log = sink.logs[index];
    const span = sink.spans.find(({ attributes }) => attributes["http.route"] === `/orders/:id/${way}`);
    expect(log).toMatchObject({ eventName: "exception", severityText: "ERROR", severityNumber: 17, traceId: span?.traceId, spanId: span?.spanId });
    expect(log?.attributes).toMatchObject({ "exception.type": "OrderError", "http.request.method": "GET", "http.route": `/orders/:id/${way}`, "url.path": `/orders/5/${way}` });
    expect(log?.attributes["exception.stacktrace"]).toMatch(/routes\.cjs:\d+:\d+/);
    expect(log?.attributes["exception.stacktrace"]).not.toMatch(/dist[\\/]start\.cjs|instrumentation-express/);
    expect(span?.events).toEqual([]);
  }
  expect(sink.logs[0]?.attributes).toMatchObject({ "exception.message": "order lost", "user.id": "u-7", "session.id": "s-9" });
  expect(sink.logs[0]?.attributes["exception.stacktrace"]).toMatch(/\[cause\]: TypeError: no such row\n\s+at /);
});

const isFrame = (line: string | undefined): boolean => /^\s+at /.test(line ?? "");

/** Wrappers of instrumentations stand among the frames and push out the last of Node's ten; everything else must be the same text. */
function essence(text: string): string[] {
  return text.split("\n").filter((line, index, lines) => !isFrame(line) || !isFrame(lines[index - 1]));
}

test.each([
  { path: "/crash", message: "crashed" },
  { path: "/reject", message: "rejected" },
])("uncaught at $path: a FATAL record, and the process ends as without us", async ({ path, message }) => {
  const bare = await startApp({ flag: "none" });
  await bare.get(path);
  const expected = await bare.ended;

  const app = await startApp({ sink });
  await app.get(path);
  expect(await app.ended).toEqual(expected);
  expect(essence(app.stderr())).toEqual(essence(bare.stderr()));
  expect(app.stdout().replace(/\d+/, "")).toBe(bare.stdout().replace(/\d+/, ""));

  expect(sink.logs).toHaveLength(1);
  expect(sink.logs[0]).toMatchObject({ eventName: "exception", severityText: "FATAL", severityNumber: 21 });
  expect(sink.logs[0]?.attributes).toMatchObject({ "exception.type": "OrderError", "exception.message": message, "http.route": path, "http.request.method": "GET" });
  expect(sink.logs[0]?.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test("an exception at the top of the program is delivered although nothing else ever ran", async () => {
  const app = spawnApp({ file: "throws.mjs", sink });
  expect(await app.ended).toEqual({ code: 1, signal: null });
  expect(sink.logs.map(({ attributes }) => attributes["exception.message"])).toEqual(["at the top"]);
});

test("an exception of a built file carries the debug id of its source map", async () => {
  const app = spawnApp({ file: "bundled.cjs", sink });
  await app.ended;
  expect(sink.logs.map(({ attributes }) => attributes["helloagents.exception.debug_ids"])).toEqual([[`0a7651b9-16cd-43dd-8448-eb211c80319c ${join(fixtures, "bundled.cjs")}`]]);
});

test("a plain http handler that throws is recorded once, not as a span event as well", async () => {
  const app = await startApp({ file: "plain.cjs", sink });
  await app.get("/boom");
  await app.ended;
  expect(sink.logs.map(({ severityText, attributes }) => [severityText, attributes["exception.type"], attributes["url.path"]])).toEqual([["FATAL", "RangeError", "/boom"]]);
  expect(sink.spans.map(({ traceId, events }) => ({ traceId, events }))).toEqual([{ traceId: sink.logs[0]?.traceId, events: [] }]);
});

test("an application that handles uncaught exceptions itself lives on, and the exception is recorded", async () => {
  const app = await startApp({ file: "plain.cjs", sink, env: { SURVIVES: "1" } });
  await app.get("/late");
  await eventually(() => sink.logs.length > 0);
  expect((await app.get("/")).status).toBe(200);
  expect(sink.logs).toHaveLength(1);
});
