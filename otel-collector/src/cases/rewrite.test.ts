import { expect, test } from "vitest";
import type { Components } from "../binary.ts";
import { parseConfig } from "../config/config-file.ts";
import { doorsOf, rewrite, type TestConfig } from "./rewrite.ts";

const COMPONENTS: Components = { receivers: ["otlp", "jaeger"], processors: ["batch", "interval"], exporters: ["otlp_http"], connectors: ["forward", "span_metrics"], extensions: [] };

const rewritten = (text: string, components = COMPONENTS): TestConfig => rewrite(parseConfig("a.yaml", text).value, {}, components, { ports: [1001, 1002], sinkUrl: "http://127.0.0.1:9" });

const CONFIG = `
receivers:
  otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } }
  jaeger:
  otlp/inner: { protocols: { grpc: { transport: unix, endpoint: "@4318" } } }
processors: { batch: { timeout: 30s } }
exporters:
  otlp_http/a: { endpoint: "https://a.example", sending_queue: { storage: file_storage }, auth: { authenticator: token } }
  otlp_grpc/inner: { endpoint: "unix-abstract:4318", sending_queue: { storage: file_storage } }
connectors: { forward/x: }
extensions: { file_storage: { directory: /var/lib/queue } }
service:
  extensions: [file_storage]
  pipelines:
    traces/in: { receivers: [otlp, jaeger], processors: [batch], exporters: [forward/x] }
    traces/out: { receivers: [forward/x], exporters: [otlp_http/a, otlp_grpc/inner] }
    traces/inner: { receivers: [otlp/inner], exporters: [otlp_http/a] }
`;

test("nothing of the original's ends is left: no address, no queue, no extension", () => {
  const { config, exporters } = rewritten(CONFIG);
  expect(JSON.stringify(config)).not.toMatch(/a\.example|4317|4318|file_storage|token/);
  expect(config["receivers"]).toMatchObject({ "otlp/given_0": { protocols: { http: { endpoint: "127.0.0.1:1001" } } }, "otlp/given_1": { protocols: { http: { endpoint: "127.0.0.1:1002" } } } });
  expect(exporters).toEqual(["otlp_http/a", "otlp_grpc/inner"]);
  expect(config["exporters"]).toMatchObject({ "otlp_http/sink_1": { endpoint: "http://127.0.0.1:9/1", encoding: "json", sending_queue: { enabled: false } } });
  expect(config["processors"]).toEqual({ batch: { timeout: "30s" } });
});

test("a detour through an own receiver becomes a connector, beside its sink", () => {
  const { config } = rewritten(CONFIG);
  expect(config["connectors"]).toEqual({ "forward/x": null, "forward/detour_otlp_inner": null });
  expect(config["service"]).toMatchObject({
    pipelines: {
      "traces/in": { receivers: ["otlp/given_0", "otlp/given_1"], processors: ["batch"], exporters: ["forward/x"] },
      "traces/out": { exporters: ["otlp_http/sink_0", "otlp_http/sink_1", "forward/detour_otlp_inner"] },
      "traces/inner": { receivers: ["forward/detour_otlp_inner"] },
    },
  });
  expect(doorsOf(parseConfig("a.yaml", CONFIG).value, {}).map(({ id }) => id)).toEqual(["otlp", "jaeger"]);
});

test("only times that a stop does not cut short are shortened, and told", () => {
  const { config, knobs, settle_ms } = rewritten(CONFIG.replace("batch: { timeout: 30s }", "batch: { timeout: 30s }, interval/x: { interval: 60s }").replace("[batch]", "[batch, interval/x]"));
  // What is held in front of something that ticks has to get there before the stop.
  expect(knobs).toEqual(["batch: timeout 30s -> 100ms", "interval/x: interval 60s -> 100ms"]);
  expect(config["processors"]).toEqual({ batch: { timeout: "100ms" }, "interval/x": { interval: "100ms" } });
  expect(settle_ms).toBeGreaterThan(0);
  expect(rewritten(CONFIG)).toMatchObject({ knobs: [], settle_ms: 0 });
});

test("an older Collector's spelling is used; one that has no such exporter is refused", () => {
  expect(Object.keys(rewritten(CONFIG, { ...COMPONENTS, exporters: ["otlphttp"] }).config["exporters"] as object)).toEqual(["otlphttp/sink_0", "otlphttp/sink_1"]);
  expect(() => rewritten(CONFIG, { ...COMPONENTS, exporters: [] })).toThrow(/no otlp_http exporter/);
  expect(() => rewritten(CONFIG, { ...COMPONENTS, connectors: [] })).toThrow(/forward connector/);
});
