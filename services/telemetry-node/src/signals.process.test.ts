/** What arrives when nothing goes wrong: spans, metrics, resource, for CommonJS and ES modules, by both flags. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { endApps, eventually, express4, ONLY_AT_THE_END, startApp } from "./test-support/app.ts";
import { startPostgres } from "./test-support/postgres.ts";
import { startSink, type Sink, type SinkMetric } from "./test-support/sink.ts";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(async () => {
  endApps();
  await sink.close();
});

function metric(name: string): SinkMetric | undefined {
  return sink.metrics.findLast((one) => one.name === name);
}

test.each([
  { file: "app.cjs", flag: "--import" as const, EXPRESS: "express" },
  { file: "app.cjs", flag: "--require" as const, EXPRESS: express4 },
  { file: "app.mjs", flag: "--import" as const, EXPRESS: "express" },
  { file: "app.mjs", flag: "--require" as const, EXPRESS: "express" },
  { file: "app.cjs", flag: "both" as const, EXPRESS: "express" },
])("one server span with its route: $file $flag $EXPRESS", async ({ file, flag, EXPRESS }) => {
  const app = await startApp({ file, flag, sink, env: { EXPRESS } });
  expect((await app.get("/items/7")).body).toBe('{"id":"7"}');
  await eventually(() => sink.spans.length > 0 && metric("http.server.request.duration"));
  expect(sink.spans.map(({ name, kind }) => ({ name, kind }))).toEqual([{ name: "GET /items/:id", kind: 2 }]);
  expect(sink.spans[0]?.attributes).toMatchObject({ "http.route": "/items/:id", "http.request.method": "GET", "http.response.status_code": 200 });
  expect(metric("http.server.request.duration")?.points[0]?.attributes).toMatchObject({ "http.route": "/items/:id", "http.request.method": "GET", "http.response.status_code": 200 });
  expect(app.stderr()).toBe("");
});

test("metrics of requests, the process, the runtime and the database have the agreed names, units and attributes", async () => {
  const postgres = await startPostgres();
  const app = await startApp({ sink, env: { DATABASE_URL: postgres.url, HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: "400000000" } });
  expect(await app.get("/db")).toMatchObject({ status: 200, body: "1" });
  const units = {
    "process.memory.usage": "By",
    "process.memory.limit": "By",
    "process.cpu.time": "s",
    "process.cpu.utilization": "1",
    "process.open_file_descriptor.count": "{count}",
    "system.filesystem.utilization": "1",
    "db.client.operation.duration": "s",
    "db.client.connection.count": "{connection}",
    "nodejs.eventloop.delay.p99": "s",
    "v8js.memory.heap.used": "By",
    "http.server.request.duration": "s",
  };
  await eventually(() => Object.keys(units).every(metric));
  expect(Object.fromEntries(sink.metrics.map(({ name, unit }) => [name, unit]))).toMatchObject(units);

  const duration = metric("http.server.request.duration");
  expect(duration?.points[0]?.bounds).toEqual([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 7.5, 10]);
  for (const name of ["process.cpu.time", "process.cpu.utilization"]) {
    expect(metric(name)?.points.map(({ attributes }) => attributes["cpu.mode"])).toEqual(["user", "system"]);
  }
  expect(metric("process.memory.usage")?.points[0]?.value).toBeGreaterThan(10e6);
  expect(metric("process.memory.limit")?.points[0]?.value).toBe(400e6);
  expect(metric("process.open_file_descriptor.count")?.points[0]?.value).toBeGreaterThan(3);
  const [disk] = metric("system.filesystem.utilization")?.points ?? [];
  expect(disk?.attributes).toEqual({ "system.filesystem.state": "used" });
  expect(disk?.value).toBeGreaterThan(0);
  expect(disk?.value).toBeLessThanOrEqual(1);

  const database = await eventually(() => sink.spans.find(({ scope }) => scope === "@opentelemetry/instrumentation-pg"));
  const server = await eventually(() => sink.spans.find(({ kind }) => kind === 2));
  expect(database.traceId).toBe(server.traceId);
  postgres.close();
});

test("the duration of a request names its trace, unless exemplars are turned off", async () => {
  const measured = (route: string): SinkMetric["points"] => sink.metrics.flatMap(({ name, points }) => (name === "http.server.request.duration" ? points.filter(({ attributes }) => attributes["http.route"] === route) : []));
  const named = (route: string): SinkMetric["points"][number]["exemplars"] => measured(route).flatMap(({ exemplars }) => exemplars);
  const app = await startApp({ sink });
  await app.get("/items/7");
  await eventually(() => sink.spans.length > 0 && named("/items/:id").length > 0);
  expect(named("/items/:id")).toMatchObject([{ traceId: sink.spans[0]?.traceId, spanId: sink.spans[0]?.spanId }]);
  expect(named("/items/:id")[0]?.asDouble).toBeGreaterThan(0);

  const quiet = await startApp({ sink, env: { OTEL_METRICS_EXEMPLAR_FILTER: "always_off" } });
  await quiet.get("/orders/7/missing");
  await eventually(() => measured("/orders/:id/missing").length > 1);
  expect(named("/orders/:id/missing")).toEqual([]);
});

test("outgoing requests by http and fetch are spans of the same trace; sending telemetry is none", async () => {
  const app = await startApp({ sink, env: { OUT_URL: `${sink.url}/out` } });
  await app.get("/out");
  await app.get("/fetch");
  await eventually(() => sink.spans.length >= 4);
  for (const route of ["GET /out", "GET /fetch"]) {
    const server = sink.spans.find(({ name }) => name === route);
    const client = sink.spans.find(({ parentSpanId }) => parentSpanId === server?.spanId);
    expect(client).toMatchObject({ kind: 3, traceId: server?.traceId });
  }
  // One further interval, so that requests of our own would have been counted.
  const exports = (): number => sink.requests.filter(({ path }) => path === "/v1/metrics").length;
  const before = exports();
  await eventually(() => exports() >= before + 2);
  expect(sink.spans).toHaveLength(4);
  for (const scope of ["@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-undici"]) {
    const calls = sink.metrics.findLast((one) => one.name === "http.client.request.duration" && one.scope === scope);
    expect(calls?.points.map(({ count }) => count)).toEqual([1]);
  }
});

test("the service is named by its package.json, and by OTEL_* when they say otherwise", async () => {
  const plain = await startApp({ sink });
  await plain.get("/items/1");
  const found = await eventually(() => sink.resources.at(-1));
  expect(found).toMatchObject({ "service.name": "fixture-shop", "service.version": "3.1.4", "telemetry.sdk.language": "nodejs" });
  expect(found["service.instance.id"]).toMatch(/^[0-9a-f-]{36}$/);
  endApps();
  await plain.ended;

  const named = await startApp({ sink, env: { OTEL_SERVICE_NAME: "shop", OTEL_RESOURCE_ATTRIBUTES: "service.version=9,deployment.environment.name=drill" } });
  await named.get("/items/1");
  expect(await eventually(() => sink.resources.find((resource) => resource["service.name"] === "shop"))).toMatchObject({ "service.version": "9", "deployment.environment.name": "drill" });
});

test("OTEL_METRICS_EXPORTER=otlp,prometheus serves /metrics on loopback as well, and scrapes are no traffic", async () => {
  const free = await startSink();
  await free.close();
  const app = await startApp({ sink, env: { OTEL_METRICS_EXPORTER: "otlp,prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: String(free.port) } });
  await app.get("/items/1");
  await eventually(() => metric("http.server.request.duration"));
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${free.port}/metrics`)).text();
  await scrape();
  const text = await scrape();
  expect(text).toMatch(/http_server_request_duration_count\{[^}]*http_route="\/items\/:id"[^}]*\} 1/);
  expect(text).toMatch(/process_memory_usage\{/);
  expect(text.match(/http_server_request_duration_count\{/g)).toHaveLength(1);
});

test("OTEL_SDK_DISABLED and OTEL_*_EXPORTER=none are obeyed", async () => {
  const off = await startApp({ sink, env: { OTEL_SDK_DISABLED: "true" } });
  await off.get("/items/1");
  off.child.kill("SIGTERM");
  await off.ended;
  expect(sink.requests).toEqual([]);

  const tracesOnly = await startApp({ sink, env: { ...ONLY_AT_THE_END, OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" } });
  await tracesOnly.get("/orders/1/sync");
  tracesOnly.child.kill("SIGTERM");
  await tracesOnly.ended;
  expect(sink.requests.map(({ path }) => path)).toEqual(["/v1/traces"]);
});

test("requests to probes make no spans, nor do their children, whatever the caller and the sampler decide; they are counted and their exceptions recorded", async () => {
  const env = { ...ONLY_AT_THE_END, HELLOAGENTS_TELEMETRY_IGNORE_PATHS: "/health,/out,/orders/*", OTEL_TRACES_SAMPLER: "always_on", OUT_URL: `${sink.url}/called` };
  const app = await startApp({ sink, env });
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await app.get("/health?deep=1", { traceparent });
  await app.get("/out");
  await app.get("/orders/1/sync");
  await app.get("/items/7");
  app.child.kill("SIGTERM");
  await app.ended;
  expect(sink.spans.map(({ name }) => name)).toEqual(["GET /items/:id"]);
  expect(sink.requests.find(({ path }) => path === "/called")?.headers["traceparent"]).toMatch(/-00$/);
  // A request is counted when its answer has left, which can be after the next has come.
  const routes = metric("http.server.request.duration")?.points.map(({ attributes }) => attributes["http.route"]).sort();
  expect(routes).toEqual(["/health", "/items/:id", "/orders/:id/sync", "/out"]);
  expect(sink.logs.map(({ attributes }) => attributes)).toEqual([expect.objectContaining({ "exception.message": "order lost", "http.route": "/orders/:id/sync", "url.path": "/orders/1/sync" })]);
});

test("by default /health has no spans, and an empty HELLOAGENTS_TELEMETRY_IGNORE_PATHS gives it some", async () => {
  for (const env of [{}, { HELLOAGENTS_TELEMETRY_IGNORE_PATHS: "" }]) {
    const app = await startApp({ sink, env: { ...ONLY_AT_THE_END, ...env } });
    await app.get("/health");
    await app.get("/items/7");
    app.child.kill("SIGTERM");
    await app.ended;
  }
  expect(sink.spans.map(({ name }) => name)).toEqual(["GET /items/:id", "GET /health", "GET /items/:id"]);
});

test("OTEL_TRACES_SAMPLER, OTEL_NODE_DISABLED_INSTRUMENTATIONS, headers, gzip and the traces endpoint of its own are obeyed", async () => {
  const unsampled = await startApp({ sink, env: { OTEL_TRACES_SAMPLER: "always_off", OTEL_NODE_DISABLED_INSTRUMENTATIONS: "runtime-node" } });
  await unsampled.get("/items/1");
  await eventually(() => metric("http.server.request.duration"));
  expect(sink.spans).toEqual([]);
  expect(metric("nodejs.eventloop.utilization")).toBeUndefined();

  sink.requests.length = 0;
  const other = await startApp({
    env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink.url}/custom`, OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b", OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "gzip", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf" },
  });
  await other.get("/items/1");
  const { headers } = await eventually(() => sink.requests.find(({ path }) => path === "/custom"));
  expect(headers).toMatchObject({ "x-key": "a b", "content-encoding": "gzip", "content-type": "application/x-protobuf" });
});

test("a worker thread sends its own spans and runtime metrics, and the process is counted once", async () => {
  const app = await startApp({ file: "worker.cjs", sink });
  await app.get("/in-worker");
  await eventually(() => sink.spans.some(({ name }) => name === "GET"));
  await eventually(() => metric("process.cpu.time"));
  const instances = new Set(sink.resources.map((resource) => resource["service.instance.id"]));
  expect(instances.size).toBe(2);
  sink.metrics.length = 0;
  sink.resources.length = 0;
  await eventually(() => metric("process.cpu.time"));
  expect(new Set(sink.metrics.filter(({ name }) => name === "process.cpu.time").map(({ points }) => points.length))).toEqual(new Set([2]));
});
