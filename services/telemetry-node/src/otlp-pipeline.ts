/**
 * From the SDK's spans, log records and metrics to encoded OTLP requests in the outboxes. Takes the place of the stock batch
 * processors and OTLP exporters because those cannot hand over synchronously at the end of the process and give up after a few tries.
 */
import { TraceFlags } from "@opentelemetry/api";
import { ExportResultCode } from "@opentelemetry/core";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import type { LogRecordProcessor, ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, InstrumentType, PeriodicExportingMetricReader, type PushMetricExporter, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { createBatch } from "./batch.ts";
import { collectNow } from "./collect-now.ts";
import { createExemplars } from "./exemplars.ts";
import { withExemplars } from "./otlp-exemplars.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Parcel } from "./last-flush.ts";
import type { Settings } from "./settings.ts";
import { dropRepeatedExceptions } from "./span-exceptions.ts";

export interface OtlpPipeline {
  spanProcessor?: SpanProcessor;
  logProcessor?: LogRecordProcessor;
  metricReader?: PeriodicExportingMetricReader;
  /** Collects the metrics once more, callbacks included. Needs the event loop's microtasks only, so it works in `beforeExit`. */
  collectMetrics(): Promise<void>;
  /** While held, nothing new goes out over the event loop. */
  hold(held: boolean): void;
  /**
   * Takes out all that has not been delivered, synchronously. With `metrics`, the counters and histograms recorded since the
   * last collection are added (gauges keep their last exported value).
   */
  takeAll(options: { metrics: boolean }): Parcel[];
}

const done = Promise.resolve();

export function createOtlpPipeline(settings: Settings): OtlpPipeline {
  const outboxes: Outbox[] = [];
  const drains: (() => void)[] = [];
  const pipeline: OtlpPipeline = { collectMetrics: async () => undefined, hold: () => undefined, takeAll: () => [] };
  const { traces, logs, metrics } = settings.destinations;
  const exemplars = metrics && settings.exemplars ? createExemplars() : undefined;

  if (traces) {
    const outbox = createOutbox(traces, settings.bufferBytes);
    const serializer = traces.encoding === "json" ? JsonTraceSerializer : ProtobufTraceSerializer;
    const batch = createBatch<ReadableSpan>({
      ...settings.spanBatch,
      flush: (spans) => deliver(outbox, serializer.serializeRequest(spans.map(dropRepeatedExceptions))),
    });
    outboxes.push(outbox);
    drains.push(batch.drain);
    pipeline.spanProcessor = {
      onStart: () => undefined,
      onEnd: (span) => {
        if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
        batch.add(span);
        exemplars?.ended(span);
      },
      forceFlush: () => (batch.drain(), done),
      shutdown: () => (batch.drain(), done),
    };
  }

  if (logs) {
    const outbox = createOutbox(logs, settings.bufferBytes);
    const serializer = logs.encoding === "json" ? JsonLogsSerializer : ProtobufLogsSerializer;
    const batch = createBatch<ReadableLogRecord>({ ...settings.logBatch, flush: (records) => deliver(outbox, serializer.serializeRequest(records)) });
    outboxes.push(outbox);
    drains.push(batch.drain);
    pipeline.logProcessor = {
      onEmit: (record) => batch.add(record),
      forceFlush: () => (batch.drain(), done),
      shutdown: () => (batch.drain(), done),
    };
  }

  if (metrics) {
    const outbox = createOutbox(metrics, settings.bufferBytes);
    const serializer = metrics.encoding === "json" ? JsonMetricsSerializer : ProtobufMetricsSerializer;
    const send = (resourceMetrics: ResourceMetrics): void => {
      if (resourceMetrics.scopeMetrics.length === 0) return;
      const request = serializer.serializeRequest(resourceMetrics);
      const taken = exemplars?.take(resourceMetrics);
      deliver(outbox, request && taken ? withExemplars(request, metrics.encoding, taken) : request);
    };
    const exporter: PushMetricExporter = {
      export(resourceMetrics, callback) {
        send(resourceMetrics);
        callback({ code: ExportResultCode.SUCCESS });
      },
      selectAggregationTemporality: temporalitySelector(process.env["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"]),
      forceFlush: () => done,
      shutdown: () => done,
    };
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: settings.metricInterval.everyMs,
      exportTimeoutMillis: settings.metricInterval.timeoutMs,
    });
    outboxes.push(outbox);
    pipeline.metricReader = reader;
    pipeline.collectMetrics = async () => send((await reader.collect()).resourceMetrics);
    pipeline.takeAll = ({ metrics: withMetrics }) => {
      const last = withMetrics ? collectNow(reader) : undefined;
      if (last) send(last);
      return takeAll();
    };
  } else {
    pipeline.takeAll = takeAll;
  }

  pipeline.hold = (held) => {
    for (const outbox of outboxes) outbox.hold(held);
  };

  function takeAll(): Parcel[] {
    for (const drain of drains) drain();
    return outboxes.flatMap((outbox) => outbox.takeAll().map((body) => ({ destination: outbox.destination, body })));
  }

  return pipeline;
}

function deliver(outbox: Outbox, body: Uint8Array | undefined): void {
  if (body) outbox.add(body);
}

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/#additional-environment-variable-configuration */
function temporalitySelector(preference: string | undefined): (type: InstrumentType) => AggregationTemporality {
  const { CUMULATIVE, DELTA } = AggregationTemporality;
  const always = new Set([InstrumentType.COUNTER, InstrumentType.HISTOGRAM]);
  const unlessLowMemory = new Set([InstrumentType.OBSERVABLE_COUNTER, InstrumentType.GAUGE, InstrumentType.OBSERVABLE_GAUGE]);
  const wanted = preference?.trim().toLowerCase();
  return (type) => (wanted === "delta" && (always.has(type) || unlessLowMemory.has(type))) || (wanted === "lowmemory" && always.has(type)) ? DELTA : CUMULATIVE;
}
