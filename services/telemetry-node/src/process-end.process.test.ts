/** Nothing that happened is lost when the process ends, and it ends as without us. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { endApps, eventually, ONLY_AT_THE_END, spawnApp, startApp } from "./test-support/app.ts";
import { startSink, type Sink } from "./test-support/sink.ts";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(async () => {
  endApps();
  await sink.close();
});

const names = (): string[] => sink.spans.map(({ name }) => name);
const requestCounts = (): (number | undefined)[] => sink.metrics.filter(({ name }) => name === "http.server.request.duration").flatMap(({ points }) => points.map(({ count }) => count));

test("process.exit 20 ms after a request: span, metric and exit code", async () => {
  const app = await startApp({ sink, env: ONLY_AT_THE_END });
  await app.get("/exit");
  expect(await app.ended).toEqual({ code: 7, signal: null });
  expect(names()).toEqual(["GET /exit"]);
  expect(requestCounts()).toEqual([1]);
});

test("the event loop runs empty: exit 0, everything delivered once, beforeExit heard once", async () => {
  const app = spawnApp({ file: "short.cjs", sink, env: ONLY_AT_THE_END });
  expect(await app.ended).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toBe("beforeExit\nexit 0\n");
  expect(names()).toEqual(["work"]);
  const processMetrics = sink.metrics.filter(({ name }) => name === "process.cpu.time");
  expect(processMetrics).toHaveLength(1);
  expect(sink.metrics.find(({ name }) => name === "jobs")?.points[0]?.value).toBe(1);
});

test.each(["SIGTERM", "SIGINT"] as const)("%s without a handler: flushed, then ended by that signal", async (signal) => {
  const app = await startApp({ sink, env: ONLY_AT_THE_END });
  await app.get("/items/1");
  app.child.kill(signal);
  expect(await app.ended).toEqual({ code: null, signal });
  expect(names()).toEqual(["GET /items/:id"]);
  expect(requestCounts()).toEqual([1]);
});

test.each([
  { handler: "close", ending: { code: 0, signal: null }, output: /closing\n$/ },
  { handler: "exit", ending: { code: 3, signal: null }, output: /^listening \d+\n$/ },
])("SIGTERM with a handler of the application ($handler): it decides, and all is flushed", async ({ handler, ending, output }) => {
  const app = await startApp({ sink, env: { ...ONLY_AT_THE_END, ON_SIGTERM: handler } });
  await app.get("/items/1");
  app.child.kill("SIGTERM");
  expect(await app.ended).toEqual(ending);
  expect(app.stdout()).toMatch(output);
  expect(names()).toEqual(["GET /items/:id"]);
});

test("libraries that end the process only when they are alone with the signal (signal-exit) still do", async () => {
  const app = await startApp({ file: "signal-exit.cjs", sink, env: ONLY_AT_THE_END });
  await app.get("/");
  app.child.kill("SIGTERM");
  expect(await app.ended).toEqual({ code: null, signal: "SIGTERM" });
  expect(app.stdout()).toMatch(/cleaned up\n$/);
  expect(names()).toEqual(["GET"]);
});

test.each([
  { collector: "hangs", env: {} },
  { collector: "is away", env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" } },
])("a Collector that $collector does not keep the process from ending", async ({ env }) => {
  sink.mode = "hang";
  // Far longer than the bound would show as a test timeout; the bound itself is measured by the benchmark.
  const patience = { OTEL_EXPORTER_OTLP_TIMEOUT: "600000", HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS: "300" };
  for (const path of ["/exit", "/close", "/crash"]) {
    const app = await startApp({ sink, env: { ...patience, ...env } });
    await app.get(path);
    expect((await app.ended).code).toBe({ "/exit": 7, "/close": 0, "/crash": 1 }[path]);
  }
  sink.requests.length = 0;
  const app = await startApp({ sink, env: { ...patience, ...env } });
  await app.get("/items/1");
  if (Object.keys(env).length === 0) await eventually(() => sink.requests.length > 0);
  app.child.kill("SIGTERM");
  expect(await app.ended).toEqual({ code: null, signal: "SIGTERM" });
});
