import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Attributes, ObservableCallback, ObservableGauge, Span, SpanKind } from "@opentelemetry/api";

/**
 * The metrics that only the backend can know, through `@opentelemetry/api` alone: without a preload they cost next to
 * nothing and go nowhere. Names, units and buckets are those of monitoring/metrics.yml.
 */
export type Telemetry = ReturnType<typeof createTelemetry>;

const scope = "@helloagents/backend";

/** What can be asked at any time, for the observable gauges. */
export interface Observed {
  sandboxAvailable(): number;
  sandboxSize: number;
  activeUsers(): number;
  activeSessions(): number;
}

export function createTelemetry() {
  const meter = metrics.getMeter(scope);
  const gauges = {
    available: meter.createObservableGauge("helloagents.sandbox.pool.available", { description: "Sandboxes that wait for code" }),
    size: meter.createObservableGauge("helloagents.sandbox.pool.size", { description: "Sandboxes of the pool" }),
    users: meter.createObservableGauge("helloagents.active_users", { description: "Users seen by this process within 15 minutes" }),
    sessions: meter.createObservableGauge("helloagents.active_sessions", { description: "Sessions seen by this process within 15 minutes" }),
  };
  return {
    sandboxDuration: meter.createHistogram("helloagents.sandbox.execution.duration", {
      unit: "s",
      description: "Time that code ran in the sandbox",
      advice: { explicitBucketBoundaries: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60] },
    }),
    // OpenTelemetry semantic conventions, "Generative AI client metrics".
    assistantDuration: meter.createHistogram("gen_ai.client.operation.duration", {
      unit: "s",
      description: "GenAI operation duration",
      advice: { explicitBucketBoundaries: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] },
    }),
    assistantTokens: meter.createHistogram("gen_ai.client.token.usage", {
      unit: "{token}",
      description: "Number of input and output tokens used",
      advice: { explicitBucketBoundaries: [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864] },
    }),
    featureUsage: meter.createCounter("helloagents.feature.usage", { description: "Uses of each feature" }),
    /** Begins to report the gauges; the returned function ends it. */
    observe(observed: Observed): () => void {
      const callbacks: [ObservableGauge, ObservableCallback][] = [
        [gauges.available, (result) => result.observe(observed.sandboxAvailable())],
        [gauges.size, (result) => result.observe(observed.sandboxSize)],
        [gauges.users, (result) => result.observe(observed.activeUsers())],
        [gauges.sessions, (result) => result.observe(observed.activeSessions())],
      ];
      for (const [gauge, callback] of callbacks) gauge.addCallback(callback);
      return () => {
        for (const [gauge, callback] of callbacks) gauge.removeCallback(callback);
      };
    },
  };
}

/** Runs `work` in a child span; what it throws is passed on and marks the span. */
export async function inSpan<T>(name: string, kind: SpanKind, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return trace.getTracer(scope).startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      // Not recorded as an exception: express's error handling reports it once, with the route.
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
