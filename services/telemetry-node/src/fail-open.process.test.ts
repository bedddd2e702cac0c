/** Whatever is wrong with the Collector or a setting, the application serves, and exceptions arrive as soon as they can. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { endApps, eventually, spawnApp, startApp } from "./test-support/app.ts";
import { startSink, type Sink } from "./test-support/sink.ts";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(async () => {
  endApps();
  await sink.close();
});

test("an endpoint that is no URL is one line, and the application serves and ends", async () => {
  const app = await startApp({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: "::garbage" } });
  expect((await app.get("/items/1")).status).toBe(200);
  expect((await app.get("/exit")).status).toBe(200);
  expect(await app.ended).toEqual({ code: 7, signal: null });
  expect(app.stderr()).toMatch(/^helloagents-telemetry: OTEL_EXPORTER_OTLP_ENDPOINT="::garbage" is not a URL.*\n$/);
  expect(app.stdout()).toMatch(/^listening \d+\n$/);
});

test("other bad settings are one line each, and telemetry goes on without them", async () => {
  const bad = {
    OTEL_TRACES_EXPORTER: "otlp,smoke",
    OTEL_METRICS_EXPORTER: "smoke",
    OTEL_PROPAGATORS: "pigeon",
    OTEL_TRACES_SAMPLER: "dice",
    OTEL_RESOURCE_ATTRIBUTES: "nonsense",
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "smoke",
    OTEL_METRIC_EXPORT_INTERVAL: "soon",
    OTEL_EXPORTER_OTLP_HEADERS: "a b=c",
    OTEL_NODE_RESOURCE_DETECTORS: "smoke",
    OTEL_NODE_DISABLED_INSTRUMENTATIONS: "smoke",
  };
  const app = await startApp({ sink, env: bad });
  expect((await app.get("/items/1")).status).toBe(200);
  await eventually(() => sink.spans.length > 0);
  expect((await app.get("/exit")).status).toBe(200);
  expect(await app.ended).toEqual({ code: 7, signal: null });
  const lines = app.stderr().trimEnd().split("\n");
  expect(lines.map((line) => /^helloagents-telemetry: (\w+)/.exec(line)?.[1]).sort()).toEqual(Object.keys(bad).sort());
  expect(app.stdout()).toMatch(/^listening \d+\n$/);
});

test("an old Node gets one line and runs the application", async () => {
  const app = spawnApp({ file: "plain-exit.cjs", sink, flag: "none", env: { NODE_OPTIONS: "--require ./old-node.cjs --require @helloagents/telemetry-node/register" } });
  expect(await app.ended).toEqual({ code: 0, signal: null });
  expect(app.stdout()).toBe("done\n");
  expect(app.stderr()).toMatch(/^helloagents-telemetry: Node 18\.20\.0 is older than 22\.15.*\n$/);
  expect(sink.requests).toEqual([]);
});

test("a taken Prometheus port is one line", async () => {
  const app = await startApp({ sink, env: { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: String(sink.port) } });
  await eventually(() => app.stderr());
  expect((await app.get("/items/1")).status).toBe(200);
  expect(app.stderr()).toMatch(/^helloagents-telemetry: metrics are not served on http:\/\/127\.0\.0\.1:\d+\/metrics \(EADDRINUSE\): set OTEL_EXPORTER_PROMETHEUS_PORT.*\n$/);
});

test("Collector away: the application is unaffected and silent, and its exceptions arrive once, in order, after it is back", async () => {
  await sink.close();
  const app = await startApp({ sink });
  expect((await app.get("/orders/1/sync")).status).toBe(500);
  expect((await app.get("/orders/1/next")).status).toBe(500);
  expect((await app.get("/items/1")).status).toBe(200);
  expect(app.stderr()).not.toMatch(/telemetry:/);
  const back = await startSink(sink.port);
  try {
    await eventually(() => back.logs.length >= 2 && back.spans.length >= 3);
    expect(back.logs.map(({ attributes }) => attributes["exception.message"])).toEqual(["order lost", "order lost by next"]);
  } finally {
    await back.close();
  }
});

test("a Collector that is overloaded is asked again; one that refuses is not", async () => {
  sink.mode = 503;
  const app = await startApp({ sink, env: { OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" } });
  await app.get("/orders/1/sync");
  await eventually(() => sink.requests.length > 0);
  sink.mode = "ok";
  await eventually(() => sink.logs.length === 1);

  sink.mode = 400;
  sink.requests.length = 0;
  await app.get("/orders/1/sync");
  await eventually(() => sink.requests.length === 1);
  sink.mode = "ok";
  await app.get("/orders/1/next");
  await eventually(() => sink.logs.length === 2);
  expect(sink.logs[1]?.attributes["exception.message"]).toBe("order lost by next");
});

test("a Collector that takes connections and never answers: the application serves", async () => {
  sink.mode = "hang";
  const app = await startApp({ sink });
  for (let index = 0; index < 20; index += 1) expect((await app.get("/items/1")).status).toBe(200);
  await eventually(() => sink.requests.length > 0);
  expect((await app.get("/items/1")).status).toBe(200);
  expect(app.stderr()).toBe("");
});
