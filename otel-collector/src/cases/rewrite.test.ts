import { expect, test } from "vitest";
import type { Components } from "../binary.ts";
import { parseConfig } from "../config/config-file.ts";
import { doorsOf, exportersOf, reachable } from "./reach.ts";
import { type Copy, rewrite, type TestConfig } from "./rewrite.ts";

const COMPONENTS: Components = { receivers: ["otlp", "jaeger"], processors: ["batch", "interval"], exporters: ["otlp_http"], connectors: ["forward", "span_metrics"], extensions: [] };

const DOORS: Copy["doors"] = [{ receiver: "otlp", signal: "traces" }, { receiver: "jaeger", signal: "traces" }];
const copyOf = (text: string, doors = DOORS): Copy => ({ config: parseConfig("a.yaml", text).value, doors });
const rewritten = (copies: Copy | Copy[], components = COMPONENTS): TestConfig => rewrite([copies].flat(), {}, components, { ports: [1001, 1002, 1003, 1004], sinkUrl: "http://127.0.0.1:9" });

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
  const { config, exporters } = rewritten(copyOf(CONFIG));
  expect(JSON.stringify(config)).not.toMatch(/a\.example|4317|4318|file_storage|token/);
  expect(config["receivers"]).toMatchObject({ "otlp/given_0_0": { protocols: { http: { endpoint: "127.0.0.1:1001" } } }, "otlp/given_0_1": { protocols: { http: { endpoint: "127.0.0.1:1002" } } } });
  expect(exporters).toEqual([["otlp_http/a", "otlp_grpc/inner"]]);
  expect(config["exporters"]).toMatchObject({ "otlp_http/sink_0_1": { endpoint: "http://127.0.0.1:9/0/1", encoding: "json", sending_queue: { enabled: false } } });
  expect(config["processors"]).toEqual({ batch: { timeout: "30s" } });
});

test("a detour through an own receiver becomes a connector, beside its sink", () => {
  const { config } = rewritten(copyOf(CONFIG));
  expect(config["connectors"]).toEqual({ "forward/x": null, "forward/detour_otlp_inner": null });
  expect(config["service"]).toMatchObject({
    pipelines: {
      "traces/in": { receivers: ["otlp/given_0_0", "otlp/given_0_1"], processors: ["batch"], exporters: ["forward/x"] },
      "traces/out": { exporters: ["otlp_http/sink_0_0", "otlp_http/sink_0_1", "forward/detour_otlp_inner"] },
      "traces/inner": { receivers: ["forward/detour_otlp_inner"] },
    },
  });
  expect(doorsOf(parseConfig("a.yaml", CONFIG).value, {}).map(({ id }) => id)).toEqual(["otlp", "jaeger"]);
});

test("what the data cannot get to is left out, and so are receivers that bring nothing", () => {
  const text = `${CONFIG}    logs/in: { receivers: [otlp], exporters: [forward/x] }\n    logs/out: { receivers: [forward/x, jaeger], processors: [batch], exporters: [otlp_http/a] }\n`;
  const { config } = rewritten(copyOf(text, [{ receiver: "otlp", signal: "logs" }]));
  const pipelines = (config["service"] as { pipelines: Record<string, { receivers: string[] }> }).pipelines;
  expect(Object.keys(pipelines)).toEqual(["logs/in", "logs/out"]);
  expect(pipelines["logs/out"]?.receivers).toEqual(["forward/x"]);
  const doors = [{ receiver: "jaeger", signal: "traces" as const }];
  expect(reachable(parseConfig("a.yaml", text).value, {}, doors).map(({ id, receivers }) => [id, receivers])).toContainEqual(["traces/in", ["jaeger"]]);
  expect(exportersOf(parseConfig("a.yaml", text).value)).toEqual(["otlp_http/a", "otlp_grpc/inner"]);
});

test("copies share nothing but the declarations of equal processors", () => {
  const choosing = CONFIG.replace("forward/x: }", "forward/x: , routing: { default_pipelines: [traces/out], table: [{ pipelines: [traces/inner] }] } }").replace("exporters: [forward/x]", "exporters: [forward/x, routing]").replace("receivers: [otlp/inner]", "receivers: [otlp/inner, routing]");
  const { config, ports, exporters } = rewritten([copyOf(choosing), copyOf(choosing), copyOf(choosing.replace("30s", "31s"), [{ receiver: "otlp", signal: "traces" }])], { ...COMPONENTS, connectors: ["forward", "routing"] });
  expect(config["processors"]).toEqual({ batch: { timeout: "30s" }, "batch/__2": { timeout: "31s" } });
  expect(config["connectors"]).toMatchObject({ routing: { default_pipelines: ["traces/out"] }, "routing/__1": { default_pipelines: ["traces/out__1"], table: [{ pipelines: ["traces/inner__1"] }] } });
  expect(config["service"]).toMatchObject({
    pipelines: {
      "traces/in__1": { receivers: ["otlp/given_1_0", "otlp/given_1_1"], processors: ["batch"], exporters: ["forward/x__1", "routing/__1"] },
      "traces/in__2": { receivers: ["otlp/given_2_0"], processors: ["batch/__2"] },
      "traces/out__2": { exporters: ["otlp_http/sink_2_0", "otlp_http/sink_2_1", "forward/detour_otlp_inner__2"] },
    },
  });
  expect(ports.map((each) => [...each.keys()])).toEqual([["otlp", "jaeger"], ["otlp", "jaeger"], ["otlp"]]);
  expect(exporters[2]).toEqual(["otlp_http/a", "otlp_grpc/inner"]);
});

test("only times that a stop does not cut short are shortened, and told", () => {
  const { config, knobs, settle_ms } = rewritten(copyOf(CONFIG.replace("batch: { timeout: 30s }", "batch: { timeout: 30s }, interval/x: { interval: 60s }").replace("[batch]", "[batch, interval/x]")));
  // What is held in front of something that ticks has to get there before the stop.
  expect(knobs).toEqual(["batch: timeout 30s -> 100ms", "interval/x: interval 60s -> 100ms"]);
  expect(config["processors"]).toEqual({ batch: { timeout: "100ms" }, "interval/x": { interval: "100ms" } });
  expect(settle_ms).toBeGreaterThan(0);
  expect(rewritten(copyOf(CONFIG))).toMatchObject({ knobs: [], settle_ms: 0 });
});

test("an older Collector's spelling is used; one that has no such exporter is refused", () => {
  expect(Object.keys(rewritten(copyOf(CONFIG), { ...COMPONENTS, exporters: ["otlphttp"] }).config["exporters"] as object)).toEqual(["otlphttp/sink_0_0", "otlphttp/sink_0_1"]);
  expect(() => rewritten(copyOf(CONFIG), { ...COMPONENTS, exporters: [] })).toThrow(/no otlp_http exporter/);
  expect(() => rewritten(copyOf(CONFIG), { ...COMPONENTS, connectors: [] })).toThrow(/forward connector/);
});
