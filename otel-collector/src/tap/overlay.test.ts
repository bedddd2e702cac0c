import { expect, test } from "vitest";
import type { Components } from "../binary.ts";
import { readConfig } from "../config/config-files.ts";
import { mergeFiles } from "../config/merge.ts";
import { overlayFor, pointsAt } from "./overlay.ts";

const COMPONENTS: Components = { receivers: ["otlp"], processors: ["batch"], exporters: ["otlp_http"], connectors: ["forward"], extensions: [] };
const ENV = { OTLP_HOST: "127.0.0.1" };
const config = mergeFiles(readConfig([]));
const points = (target?: string): [string, string, number, boolean][] => pointsAt(config, ENV, target).map(({ label, pipeline, passed, isMasked }) => [label, pipeline.id, passed, isMasked]);

test("an exporter is every pipeline that hands it something, a processor what leaves it, a receiver what comes in", () => {
  expect(points("otlp_http/sentry_bridge").map(([, id]) => id)).toEqual(expect.arrayContaining(["logs/sentry_bridge", "traces/sentry_bridge"]));
  expect(points("filter/exceptions")).toContainEqual(["filter/exceptions in logs/sentry_bridge", "logs/sentry_bridge", 1, true]);
  expect(points("otlp").map(([, , passed]) => passed)).toEqual([0, 0, 0]);
  expect(points("traces/sentry")).toEqual([["traces/sentry", "traces/sentry", 2, true]]);
  expect(() => points("otlp_http/sentri")).toThrow('Did you mean "otlp_http/sentry"?');
});

test("what is seen before redaction is marked, also across forward and across the Collector's own detour", () => {
  const open = (target: string): boolean[] => [...new Set(points(target).map(([, , , isMasked]) => isMasked))];
  expect(open("otlp")).toEqual([false]);
  expect(open("redaction/secrets")).toEqual([true]);
  expect(points().filter(([, , , isMasked]) => !isMasked)).toEqual([]);
});

test("a stage in the middle splits its pipeline, and what comes behind stays whole", () => {
  const small = { receivers: { otlp: {} }, service: { pipelines: { traces: { receivers: ["otlp"], processors: ["a", "b"], exporters: ["x"] } } } };
  expect(overlayFor(pointsAt(small, ENV, "a"), "http://127.0.0.1:1", COMPONENTS)).toMatchObject({
    service: {
      pipelines: {
        traces: { processors: ["a"], exporters: ["forward/pipeline_rest_0", "forward/pipeline_tap_0"] },
        "traces/pipeline_rest_0": { receivers: ["forward/pipeline_rest_0"], processors: ["b"], exporters: ["x"] },
        "traces/pipeline_tap_0": { receivers: ["forward/pipeline_tap_0"], processors: ["batch/pipeline_tap"], exporters: ["otlp_http/pipeline_tap_0"] },
      },
    },
  });
  expect(overlayFor(pointsAt(small, ENV, "x"), "http://127.0.0.1:1", COMPONENTS)).toMatchObject({ service: { pipelines: { traces: { exporters: ["x", "forward/pipeline_tap_0"] } } } });
  expect(() => overlayFor([], "", { ...COMPONENTS, connectors: [] })).toThrow("which tap needs");
});
