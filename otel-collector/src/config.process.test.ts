import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { collectorBinary, CONFIG_DIR, configFiles, killLeftovers, startCollector, type Collector } from "./test-support/collector.ts";
import { attributes, exceptionLog, gauge, logsBody, metricsBody, nanos, post, span, tracesBody, vital, type Signal } from "./test-support/otlp.ts";
import { attribute, closeSinks, logsOf, metricsOf, spansOf, startSink, textOf, type Sink } from "./test-support/sink.ts";
import { until } from "./test-support/until.ts";

/** Readable bodies at the sinks, and retries that fit into a test; everything else is as committed. */
const OVERRIDE = `
exporters:
  otlp_http/prometheus: &fast
    encoding: json
    compression: none
    retry_on_failure: { initial_interval: 100ms, max_interval: 200ms }
  otlp_http/sentry: *fast
  otlp_http/sentry_page: *fast
  otlp_http/sentry_bridge: *fast
`;

interface Destinations {
  prometheus: Sink;
  sentry: Sink;
  bridge: Sink;
  console: Sink;
}

const folders: string[] = [];

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "otelcol-test-"));
  folders.push(folder);
  return folder;
}

async function destinations(): Promise<Destinations> {
  return { prometheus: await startSink(), sentry: await startSink(), bridge: await startSink(), console: await startSink() };
}

function environment(to: Destinations): Record<string, string> {
  return {
    PROMETHEUS_OTLP_ENDPOINT: `${to.prometheus.url}/api/v1/otlp`,
    SENTRY_BRIDGE_ENDPOINT: to.bridge.url,
    SENTRY_OTLP_TRACES_ENDPOINT: `${to.sentry.url}/api/7/integration/otlp/v1/traces`,
    SENTRY_OTLP_AUTH: "sentry sentry_key=abc",
    CONSOLE_OTLP_ENDPOINT: to.console.url,
  };
}

async function start(to: Destinations, more: Partial<Parameters<typeof startCollector>[0]> = {}): Promise<Collector> {
  return startCollector({ queueDir: join(await temporaryFolder(), "queue"), override: OVERRIDE, ...more, env: { ...environment(to), ...more.env } });
}

/** The highest count of each cumulative stream of that histogram; a stream is what has one start time. */
function countsByStart(sink: Sink, name: string): number[] {
  const highest = new Map<string, number>();
  for (const point of metricsOf(sink).filter((metric) => metric.name === name).flatMap((metric) => metric.histogram?.dataPoints ?? [])) {
    highest.set(point.startTimeUnixNano, Math.max(highest.get(point.startTimeUnixNano) ?? 0, Number(point.count)));
  }
  return [...highest.values()];
}

/** Throws what `otelcol validate` says. */
async function validate(files: string[]): Promise<void> {
  const args = ["validate", ...files.flatMap((file) => ["--config", file])];
  await promisify(execFile)(collectorBinary(), args, { env: { COLLECTOR_QUEUE_DIR: await temporaryFolder() } });
}

afterAll(async () => {
  killLeftovers();
  await closeSinks();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

test("the committed files are valid without any setting but the queue folder, alone with base.yaml and its signals", async () => {
  await expect(validate(configFiles())).resolves.toBeUndefined();
  await expect(validate([...configFiles(), join(CONFIG_DIR, "to-example.yaml.off")])).resolves.toBeUndefined();
  await expect(validate(["base.yaml", "metrics.yaml", "to-prometheus.yaml"].map((name) => join(CONFIG_DIR, name)))).resolves.toBeUndefined();
  await expect(validate(["base.yaml", "traces.yaml", "logs.yaml", "to-console.yaml"].map((name) => join(CONFIG_DIR, name)))).resolves.toBeUndefined();
  await expect(validate(["base.yaml", "traces.yaml", "logs.yaml", "metrics.yaml", "to-sentry.yaml"].map((name) => join(CONFIG_DIR, name)))).resolves.toBeUndefined();
});

describe("with every destination alive", () => {
  let to: Destinations;
  let collector: Collector;

  beforeAll(async () => {
    to = await destinations();
    collector = await start(to);
  });

  afterAll(async () => {
    const code = await collector.stop();
    if (code !== 0) throw new Error(`The Collector ended with ${code}:\n${collector.output()}`);
  });

  afterEach(() => {
    for (const sink of Object.values(to)) sink.requests.length = 0;
  });

  test("each signal reaches its destinations", async () => {
    const entry = span("GET /projects/:id", { kind: 2, parentSpanId: "" });
    const failing = span("load", { events: [{ name: "exception", timeUnixNano: nanos(), attributes: attributes({ "exception.type": "Error" }) }] });
    expect(await post(collector.url, "traces", tracesBody([entry, span("SELECT", { kind: 3 }), failing]))).toBe(200);
    expect(await post(collector.url, "logs", logsBody([exceptionLog("one"), { timeUnixNano: nanos(), body: { stringValue: "started" } }]))).toBe(200);
    expect(await post(collector.url, "metrics", metricsBody([gauge("shop.size", {})]))).toBe(200);

    await until("all have arrived", () => spansOf(to.sentry).length >= 3 && spansOf(to.console).length >= 3 && spansOf(to.bridge).length >= 2 && logsOf(to.bridge).length >= 1 && metricsOf(to.prometheus).length >= 1);
    expect(spansOf(to.bridge).map(({ name }) => name)).toEqual(["GET /projects/:id", "load"]);
    expect(textOf(to.bridge)).not.toContain("carried.");
    expect(logsOf(to.bridge).map(({ eventName }) => eventName)).toEqual(["exception"]);
    expect(to.prometheus.requests.map(({ path }) => path)).toEqual(["/api/v1/otlp/v1/metrics"]);
    await until("the console has both", () => logsOf(to.console).length >= 2);
    expect(new Set(to.console.requests.map(({ path }) => path))).toEqual(new Set(["/v1/traces", "/v1/logs"]));
    const atSentry = to.sentry.requests[0];
    expect(atSentry?.path).toBe("/api/7/integration/otlp/v1/traces");
    expect(atSentry?.headers["x-sentry-auth"]).toBe("sentry sentry_key=abc");
    expect(attribute(spansOf(to.sentry)[0]?.attributes, "sentry.release")).toBe("shop@1.2.3");
    expect(attribute(spansOf(to.sentry)[0]?.attributes, "sentry.environment")).toBe("test");
  });

  test("without settings of their own, spans of pages go to the project of the services", async () => {
    expect(await post(collector.url, "traces", tracesBody([span("documentLoad", {})], { "service.name": "shop-web", "telemetry.sdk.language": "webjs" }))).toBe(200);
    // The console, too: what came late would be counted by the next test.
    await until("it has arrived", () => spansOf(to.sentry).length === 1 && spansOf(to.console).length === 1);
    expect(to.sentry.requests[0]).toMatchObject({ path: "/api/7/integration/otlp/v1/traces", headers: { "x-sentry-auth": "sentry sentry_key=abc" } });
  });

  test("no planted secret leaves, and stack frames do", async () => {
    // Several times: the patterns are tried in an order that changes from one text to the next.
    const times = 5;
    for (const signal of ["traces", "logs", "metrics"] as Signal[]) {
      const body = await readFile(join(CONFIG_DIR, `../fixtures/secrets.${signal}.json`), "utf8");
      for (let time = 0; time < times; time++) expect(await post(collector.url, signal, body.replaceAll("$NOW", nanos()))).toBe(200);
    }
    await until("spans have arrived", () => [to.sentry, to.console, to.bridge].every((sink) => spansOf(sink).length === times));
    await until("logs and metrics have arrived", () => logsOf(to.bridge).length === 2 * times && metricsOf(to.prometheus).length === 5 * times);
    await until("logs are at the console", () => logsOf(to.console).length === 2 * times);
    for (const sink of Object.values(to)) {
      expect(textOf(sink).match(/[^"\s]{0,20}(canary|4111|4242424242|Y2FuYXJ5)[^"\s]{0,20}/gi) ?? []).toEqual([]);
      expect(textOf(sink)).toContain("****");
    }
    const stacks = [
      ...spansOf(to.bridge).map((each) => attribute(each.events?.[0]?.attributes, "exception.stacktrace")),
      ...logsOf(to.bridge).flatMap((each) => attribute(each.attributes, "exception.stacktrace") ?? []),
    ];
    expect(stacks.length).toBe(2 * times);
    for (const stack of stacks) {
      expect(stack?.split("\n")).toEqual([
        "TypeError: cannot read 'id' of null, ****",
        "    at readCart (file:///app/src/cart.js:41:17)",
        "    at fetch (https://api.example.com/cart?****&page=2)",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
        "    at async handler (/app/node_modules/.pnpm/express@5.1.0/node_modules/express/lib/router.js:12:9)",
        "onclick@https://shop.example.com/assets/index.js:1:2345",
        "render@bundle.js:7:9",
        "  [cause]: Error: connect postgres****db.internal:5432/shop",
        "    at connect (/app/src/db.js:9:3)",
        "  [cause]: Error: missing password:",
        "    at verify (/app/src/auth.js:4:2)",
      ]);
    }
    // The same text always becomes the same text: otherwise one error would be two issues.
    const texts = new Set(spansOf(to.sentry).map((each) => JSON.stringify([each.name, each.attributes?.filter(({ key }) => key.startsWith("note."))])));
    expect(texts.size).toBe(1);
    const kept = { "http.route": "/projects/:id", "gen_ai.token.type": "input", "session.id": "session-kept", "user.id": "user-kept", "gen_ai.usage.input_tokens": "12" };
    for (const [key, value] of Object.entries(kept)) {
      expect(attribute(spansOf(to.sentry)[0]?.attributes, key)).toBe(value);
      expect(attribute(logsOf(to.bridge)[0]?.attributes, key)).toBe(value);
      expect(attribute(metricsOf(to.prometheus)[0]?.gauge?.dataPoints[0]?.attributes, key)).toBe(value);
    }
    expect(spansOf(to.sentry)[0]?.name).toBe("GET /reset?****");
    expect(textOf(to.bridge)).not.toContain("carried.");
  });

  test("what Prometheus would refuse is taken out, and the rest of the same request arrives", async () => {
    const minute = 60_000;
    const odd = metricsBody([
      gauge("good", {}),
      gauge("late", { timeUnixNano: nanos(-30 * minute) }),
      gauge("odd.old", { timeUnixNano: nanos(-26 * 60 * minute) }),
      gauge("odd.ahead", { timeUnixNano: nanos(11 * minute) }),
      gauge("odd.zero", { timeUnixNano: "0" }),
      gauge("", {}),
      { name: "odd.empty" },
      { name: "odd.temporality", sum: { dataPoints: [{ timeUnixNano: nanos(), asInt: "1" }] } },
      { name: "odd.scale", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: nanos(), count: "1", scale: -5, positive: { offset: 0, bucketCounts: ["1"] } }] } },
      { name: "odd.buckets", histogram: { aggregationTemporality: 1, dataPoints: [{ timeUnixNano: nanos(), count: "1", explicitBounds: [1, 2], bucketCounts: ["1"] }] } },
      { name: "counter", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ timeUnixNano: nanos(), asInt: "7" }] } },
    ]);
    expect(await post(collector.url, "metrics", odd)).toBe(200);
    await until("the good ones have arrived", () => metricsOf(to.prometheus).length >= 3);
    expect(metricsOf(to.prometheus).map(({ name }) => name)).toEqual(["good", "late", "counter"]);
  });

  test("web vitals of many pages at once, with wrong clocks, are all counted in one cumulative series", async () => {
    const pages = 200;
    const hour = 3_600_000;
    const statuses = await Promise.all(
      Array.from({ length: pages }, (_, page) => {
        const time = nanos((page % 7) * hour - 3 * hour);
        const resource = { "service.name": "helloagents-web", "service.version": `1.0.${page % 3}`, "service.instance.id": `page-${page}`, "telemetry.sdk.language": "webjs" };
        return post(collector.url, "metrics", metricsBody([vital("lcp", "/projects/:id", time, { "user.agent": `agent ${page}` }), vital("ttfb", `/projects/${page}?q=1`, time)], resource));
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const last = (name: string): number => Math.max(0, ...points(name).map(({ count }) => Number(count)));
    const points = (name: string) => metricsOf(to.prometheus).filter((metric) => metric.name === name).flatMap((metric) => metric.histogram?.dataPoints ?? []);
    await until("every vital is counted", () => last("browser.web_vital.lcp") >= pages && last("browser.web_vital.ttfb") >= pages);
    expect(last("browser.web_vital.lcp")).toBe(pages);
    expect(last("browser.web_vital.ttfb")).toBe(pages);
    expect(metricsOf(to.prometheus).every((metric) => metric.histogram?.aggregationTemporality === 2)).toBe(true);
    const series = to.prometheus.requests.flatMap(({ body }) => (body.resourceMetrics ?? []).map(({ resource, scopeMetrics }) => JSON.stringify([resource, scopeMetrics.map((scope) => scope.metrics.map((metric) => metric.histogram?.dataPoints.map((point) => point.attributes)))])));
    expect(new Set(series).size).toBe(1);
    const times = points("browser.web_vital.lcp").sort((a, b) => Number(a.count) - Number(b.count)).map(({ timeUnixNano }) => BigInt(timeUnixNano) / 1_000_000n);
    // Prometheus counts in milliseconds and refuses a second value for the same one.
    expect(times.filter((time, index) => index > 0 && time <= (times[index - 1] ?? 0n))).toEqual([]);
  });

  test("a page cannot make new metrics", async () => {
    const page = { "service.name": "helloagents-web", "telemetry.sdk.language": "webjs" };
    expect(await post(collector.url, "metrics", metricsBody([gauge("made.up", {}), vital("made_up", "/", nanos()), vital("cls", "/", nanos())], page))).toBe(200);
    await until("the known vital has arrived", () => metricsOf(to.prometheus).length >= 1);
    expect(metricsOf(to.prometheus).map(({ name }) => name)).toEqual(["browser.web_vital.cls"]);
  });

  test("a request above the limit is refused, a foreign origin is not invited", async () => {
    const large = JSON.stringify(tracesBody([span("large")])).padEnd(9 * 1024 * 1024);
    expect(await post(collector.url, "traces", large).catch(() => 400)).toBeGreaterThanOrEqual(400);
    const preflight = await fetch(`${collector.url}/v1/traces`, { method: "OPTIONS", headers: { origin: "https://elsewhere.example", "access-control-request-method": "POST" } });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("its own metrics say how full each queue is", async () => {
    const text = await (await fetch(collector.metricsUrl)).text();
    for (const exporter of ["otlp_http/prometheus", "otlp_http/sentry", "otlp_http/sentry_page", "otlp_http/sentry_bridge", "otlp_grpc/deltas"]) {
      expect(text).toMatch(new RegExp(`otelcol_exporter_queue_size\\{[^}]*exporter="${exporter}"`));
      expect(text).toMatch(new RegExp(`otelcol_exporter_queue_capacity\\{[^}]*exporter="${exporter}"`));
    }
  });
});

test("dead and hanging destinations neither block nor double the others", async () => {
  const to = await destinations();
  await to.sentry.close();
  to.bridge.answer = "hang";
  to.console.answer = 503;
  const collector = await start(to);
  const sent = Array.from({ length: 40 }, (_, index) => `size.${index}`);
  for (const name of sent) {
    expect(await post(collector.url, "metrics", metricsBody([gauge(name, {})]))).toBe(200);
    expect(await post(collector.url, "traces", tracesBody([span(name, { kind: 2 })]))).toBe(200);
    expect(await post(collector.url, "logs", logsBody([exceptionLog(name)]))).toBe(200);
  }
  await until("every metric has arrived", () => metricsOf(to.prometheus).length >= sent.length);
  expect(metricsOf(to.prometheus).map(({ name }) => name).sort()).toEqual([...sent].sort());
  await collector.kill();
});

test("kill -9 while destinations are dead loses nothing that was acknowledged", async () => {
  const to = await destinations();
  await Promise.all([to.sentry.close(), to.prometheus.close(), to.bridge.close()]);
  const queueDir = join(await temporaryFolder(), "queue");
  const first = await start(to, { queueDir });
  const sent = Array.from({ length: 60 }, (_, index) => `item-${index}`);
  const vitals = 20;
  for (const id of sent) {
    expect(await post(first.url, "logs", logsBody([exceptionLog(id)]))).toBe(200);
    expect(await post(first.url, "traces", tracesBody([span(id)]))).toBe(200);
    expect(await post(first.url, "metrics", metricsBody([gauge(id, {})]))).toBe(200);
  }
  for (let page = 0; page < vitals; page++) {
    expect(await post(first.url, "metrics", metricsBody([vital("inp", "/", nanos())], { "service.name": "helloagents-web" }))).toBe(200);
  }
  await first.kill();

  await Promise.all([to.sentry.open(), to.prometheus.open(), to.bridge.open()]);
  const second = await start(to, { queueDir });
  const messages = () => new Set(logsOf(to.bridge).map((log) => attribute(log.attributes, "exception.message")));
  const names = () => new Set(metricsOf(to.prometheus).map(({ name }) => name));
  await until("every exception", () => messages().size === sent.length);
  await until("every span", () => new Set(spansOf(to.sentry).map(({ name }) => name)).size === sent.length);
  await until("every metric", () => sent.every((id) => names().has(id)));
  // Adding up starts anew in the second process; what counts is the sum over both, with repeats allowed.
  await until("every vital", () => countsByStart(to.prometheus, "browser.web_vital.inp").reduce((sum, count) => sum + count, 0) >= vitals);
  expect(await second.stop()).toBe(0);
});

test("a further destination is one more file", async () => {
  const to = await destinations();
  const vendor = await startSink();
  const folder = join(await temporaryFolder(), "config");
  await cp(CONFIG_DIR, folder, { recursive: true });
  await rename(join(folder, "to-example.yaml.off"), join(folder, "to-acme.yaml"));
  const collector = await start(to, {
    files: configFiles(folder),
    env: { EXAMPLE_OTLP_ENDPOINT: vendor.url, EXAMPLE_OTLP_TOKEN: "abc" },
    override: `${OVERRIDE}  otlp_http/example: *fast\n`,
  });
  expect(await post(collector.url, "traces", tracesBody([span("work")]))).toBe(200);
  expect(await post(collector.url, "metrics", metricsBody([gauge("size", {})]))).toBe(200);
  expect(await post(collector.url, "logs", logsBody([{ timeUnixNano: nanos(), body: { stringValue: "started" } }]))).toBe(200);
  await until("all three signals are at the vendor", () => spansOf(vendor).length === 1 && metricsOf(vendor).length === 1 && logsOf(vendor).length === 1);
  await until("and at the others as before", () => spansOf(to.sentry).length === 1 && metricsOf(to.prometheus).length === 1);
  expect(vendor.requests[0]?.headers.authorization).toBe("Bearer abc");
  expect(await collector.stop()).toBe(0);
});
