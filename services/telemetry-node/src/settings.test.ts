import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

test("without any variable: OTLP by protobuf to the local Collector", () => {
  const { settings, complaints } = readSettings({});
  expect(complaints).toEqual([]);
  expect(settings.exporters).toEqual({ traces: ["otlp"], metrics: ["otlp"], logs: ["otlp"] });
  expect(settings.destinations.logs).toMatchObject({ url: "http://localhost:4318/v1/logs", encoding: "protobuf", gzip: false, timeoutMs: 10_000, headers: {} });
  expect(settings.prometheus).toEqual({ host: "127.0.0.1", port: 9464 });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1" }, "http://c:1/v1/traces"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1/base/" }, "http://c:1/base/v1/traces"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:1", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t/x" }, "https://t/x"],
])("endpoint of %o", (env, url) => {
  expect(readSettings(env as Record<string, string>).settings.destinations.traces?.url).toBe(url);
});

test("a signal's own variables win", () => {
  const { settings } = readSettings({
    OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "b=3",
    OTEL_EXPORTER_OTLP_TIMEOUT: "5",
    OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "7",
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: "gzip",
  });
  expect(settings.destinations.logs).toMatchObject({ headers: { a: "1", b: "3" }, timeoutMs: 7, encoding: "json", gzip: true });
  expect(settings.destinations.traces).toMatchObject({ headers: { a: "1", b: "2" }, timeoutMs: 5, encoding: "protobuf", gzip: false });
});

test("gRPC and Zipkin are left to the SDK", () => {
  const { settings, complaints } = readSettings({ OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "grpc", OTEL_TRACES_EXPORTER: "zipkin" });
  expect(settings.leftToSdk).toEqual(["traces", "logs"]);
  expect(settings.destinations.logs).toBeUndefined();
  expect(complaints).toEqual([]);
});

test.each([
  [undefined, ["/health", "/healthz", "/livez", "/readyz", "/metrics"]],
  ["", []],
  [" /up , /internal/*,/up", ["/up", "/internal/*"]],
])("paths without spans: %j is %j", (text, paths) => {
  const { settings, complaints } = readSettings(text === undefined ? {} : { HELLOAGENTS_TELEMETRY_IGNORE_PATHS: text });
  expect(settings.ignorePaths).toEqual(paths);
  expect(complaints).toEqual([]);
});

test.each(["health", "/a*", "/*/b", "/a?b=1"])("a path that cannot be one (%s) is left out with a line", (path) => {
  const { settings, complaints } = readSettings({ HELLOAGENTS_TELEMETRY_IGNORE_PATHS: `/up,${path}` });
  expect(settings.ignorePaths).toEqual(["/up"]);
  expect(complaints).toEqual([expect.stringMatching(`HELLOAGENTS_TELEMETRY_IGNORE_PATHS names "${path.replace(/[*?]/g, "\\$&")}"`)]);
});

test.each([
  [undefined, undefined, []],
  ["536870912", 536_870_912, []],
  ["512M", undefined, ['HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES="512M" is not a number of at least 1048576. Going on without it.']],
  ["512", undefined, ['HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES="512" is not a number of at least 1048576. Going on without it.']],
])("memory limit %j is %j", (text, bytes, lines) => {
  const { settings, complaints } = readSettings(text === undefined ? {} : { HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: text });
  expect(settings.memoryLimitBytes).toBe(bytes);
  expect(complaints).toEqual(lines);
});

test("every variable that cannot be used is named once, and no header value is printed", () => {
  const { settings, complaints } = readSettings({
    OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere",
    OTEL_EXPORTER_OTLP_HEADERS: "no header",
    OTEL_EXPORTER_OTLP_COMPRESSION: "zip",
    OTEL_EXPORTER_OTLP_TIMEOUT: "-1",
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/does/not/exist",
    OTEL_BSP_SCHEDULE_DELAY: "x",
    OTEL_LOG_LEVEL: "loud",
    OTEL_METRICS_EXEMPLAR_FILTER: "always_on",
    OTEL_TRACES_SAMPLER: "traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "2",
    HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS: "forever",
  });
  expect(complaints.map((line) => line.split(/[ =]/, 1)[0]).sort()).toEqual(
    ["HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_LOG_LEVEL", "OTEL_METRICS_EXEMPLAR_FILTER", "OTEL_TRACES_SAMPLER_ARG"].sort(),
  );
  expect(settings.flushTimeoutMs).toBe(1_000);
  const headers = readSettings({ OTEL_EXPORTER_OTLP_HEADERS: "api key=s3cret" }).complaints;
  expect(headers).toHaveLength(1);
  expect(headers[0]).not.toContain("s3cret");
});
