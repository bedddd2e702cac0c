/**
 * Metrics in the one moment when the SDK cannot collect them: inside `process.on("exit")`, where no promise continues any more.
 */
import { diag } from "@opentelemetry/api";
import type { MetricReader, ResourceMetrics, ScopeMetrics } from "@opentelemetry/sdk-metrics";

/** The parts of `@opentelemetry/sdk-metrics` 3.0 (private there, pinned by our version range) that a synchronous collection needs. */
interface Collector {
  _sharedState: {
    resource: ResourceMetrics["resource"];
    meterSharedStates: Map<string, { _instrumentationScope: ScopeMetrics["scope"]; metricStorageRegistry: { getStorages(collector: Collector): Storage[] } }>;
  };
}
interface Storage {
  collect(collector: Collector, time: [number, number]): ScopeMetrics["metrics"][number] | undefined;
}

/** Counters and histograms as of now, observable instruments without a new observation. Undefined when the SDK is not built as expected. */
export function collectNow(reader: MetricReader): ResourceMetrics | undefined {
  try {
    const collector = (reader as unknown as { _sdkMetricProducer: Collector })._sdkMetricProducer;
    const now = Date.now();
    const time: [number, number] = [Math.floor(now / 1_000), (now % 1_000) * 1_000_000];
    const scopeMetrics: ScopeMetrics[] = [];
    for (const meter of collector._sharedState.meterSharedStates.values()) {
      const metrics = meter.metricStorageRegistry.getStorages(collector).flatMap((storage) => storage.collect(collector, time) ?? []);
      if (metrics.length > 0) scopeMetrics.push({ scope: meter._instrumentationScope, metrics });
    }
    return { resource: collector._sharedState.resource, scopeMetrics };
  } catch (error) {
    diag.debug("helloagents-telemetry: metrics of the last interval could not be collected", error);
    return undefined;
  }
}
