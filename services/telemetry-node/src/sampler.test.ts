import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from "@opentelemetry/api";
import { SamplingDecision } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { createSampler } from "./sampler.ts";
import type { SamplerSettings } from "./settings.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

function isSampled(sampler: SamplerSettings["name"], { kind = SpanKind.SERVER, path, parent }: { kind?: SpanKind; path?: string; parent?: { sampled: boolean; isRemote: boolean } }): boolean {
  const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: "b7ad6b7169203331", traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: parent.isRemote }) : ROOT_CONTEXT;
  const result = createSampler({ name: sampler, ratio: 1 }, ["/health", "/internal/*"]).shouldSample(context, traceId, "x", kind, path === undefined ? {} : { "url.path": path }, []);
  return result.decision === SamplingDecision.RECORD_AND_SAMPLED;
}

test.each([
  ["/health", false],
  ["/health/", true],
  ["/healthy", true],
  ["/internal/a/b", false],
  ["/internal", true],
])("the request to %s is sampled: %s, also when its caller is", (path, sampled) => {
  expect(isSampled("parentbased_always_on", { path })).toBe(sampled);
  expect(isSampled("parentbased_always_on", { path, parent: { sampled: true, isRemote: true } })).toBe(sampled);
});

test("only server spans are chosen by path", () => {
  expect(isSampled("always_on", { kind: SpanKind.CLIENT, path: "/health" })).toBe(true);
});

test.each(["always_on", "traceidratio", "parentbased_always_on", "parentbased_traceidratio"] as const)("%s follows a dropped parent of this process; of a remote one it decides itself", (name) => {
  expect(isSampled(name, { kind: SpanKind.CLIENT, parent: { sampled: false, isRemote: false } })).toBe(false);
  expect(isSampled(name, { path: "/items", parent: { sampled: false, isRemote: true } })).toBe(!name.startsWith("parentbased"));
  expect(isSampled(name, { path: "/items" })).toBe(true);
});

test.each(["always_off", "parentbased_always_off"] as const)("%s samples nothing of its own", (name) => {
  expect(isSampled(name, { path: "/items" })).toBe(false);
});
