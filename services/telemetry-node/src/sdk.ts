/** The OpenTelemetry SDK, set up from the settings. */
import { diag, DiagLogLevel, metrics, type DiagLogger } from "@opentelemetry/api";
import { diagLogLevelFromString } from "@opentelemetry/core";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { ConsoleLogRecordExporter, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationType, ConsoleMetricExporter, PeriodicExportingMetricReader, type IMetricReader, type ViewOptions } from "@opentelemetry/sdk-metrics";
import { NodeSDK, type NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { ConsoleSpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { isMainThread } from "node:worker_threads";
import { watchEsmImports } from "./esm-imports.ts";
import { createInstrumentations } from "./instrumentations.ts";
import { createOtlpPipeline, type OtlpPipeline } from "./otlp-pipeline.ts";
import { registerProcessMetrics } from "./process-metrics.ts";
import { createPropagator } from "./propagators.ts";
import { createResource } from "./resource.ts";
import { createSampler } from "./sampler.ts";
import type { Settings } from "./settings.ts";
import { createExceptionTracker } from "./span-exceptions.ts";

/** The semantic-convention boundaries plus 0.2 (the latency objective) and 2 (the critical alert), so that both are exact. */
const REQUEST_DURATION: ViewOptions = {
  instrumentName: "http.server.request.duration",
  aggregation: {
    type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
    options: { boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 7.5, 10] },
  },
};

export interface StartedSdk {
  pipeline: OtlpPipeline;
  shutdown(): Promise<void>;
}

export function startSdk(settings: Settings, env: NodeJS.ProcessEnv, say: (text: string) => void): StartedSdk {
  const pipeline = createOtlpPipeline(settings);
  const ours = (signal: "traces" | "metrics" | "logs"): boolean => !settings.leftToSdk.includes(signal);
  const propagator = createPropagator(settings.propagators);

  const instrumentations = createInstrumentations(settings, env, say);
  const configuration: Partial<NodeSDKConfiguration> = {
    resource: createResource(env),
    autoDetectResources: false,
    instrumentations,
    views: [REQUEST_DURATION],
    sampler: createSampler(settings.sampler, settings.ignorePaths),
    ...(propagator === undefined ? {} : { textMapPropagator: propagator }),
  };
  if (ours("traces")) {
    const exporters = settings.exporters.traces.includes("console") ? [new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() })] : [];
    const processors = [...(pipeline.spanProcessor ? [pipeline.spanProcessor] : []), ...exporters];
    configuration.spanProcessors = processors.length > 0 ? [createExceptionTracker(), ...processors] : [];
  }
  if (ours("metrics")) configuration.metricReaders = metricReaders(settings, pipeline, say);
  if (ours("logs")) {
    const exporters = settings.exporters.logs.includes("console") ? [new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() })] : [];
    configuration.logRecordProcessors = [...(pipeline.logProcessor ? [pipeline.logProcessor] : []), ...exporters];
  }

  const sdk = new NodeSDK(configuration);
  const level = env["OTEL_LOG_LEVEL"]?.trim();
  if (level) diag.setLogger(stderrLogger(say), { logLevel: diagLogLevelFromString(level) ?? DiagLogLevel.INFO, suppressOverrideMessage: true });
  sdk.start();
  watchEsmImports(instrumentations);
  if (isMainThread) registerProcessMetrics(metrics.getMeter("@helloagents/telemetry-node"), settings.memoryLimitBytes);
  return { pipeline, shutdown: () => sdk.shutdown() };
}

function metricReaders(settings: Settings, pipeline: OtlpPipeline, say: (text: string) => void): IMetricReader[] {
  const readers: IMetricReader[] = [];
  if (pipeline.metricReader) readers.push(pipeline.metricReader);
  for (const name of settings.exporters.metrics) {
    if (name === "console") readers.push(new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter(), exportIntervalMillis: settings.metricInterval.everyMs, exportTimeoutMillis: settings.metricInterval.timeoutMs }));
    // One port for the whole process: worker threads have no endpoint of their own.
    if (name === "prometheus" && isMainThread) readers.push(prometheusReader(settings, say));
  }
  return readers;
}

function prometheusReader(settings: Settings, say: (text: string) => void): IMetricReader {
  const { host, port } = settings.prometheus;
  return new PrometheusExporter({ host, port }, (error) => {
    if (error) say(`metrics are not served on http://${host}:${port}/metrics (${(error as NodeJS.ErrnoException).code ?? error.message}): set OTEL_EXPORTER_PROMETHEUS_PORT to a free port.`);
  });
}

/** OTEL_LOG_LEVEL speaks on stderr only: stdout belongs to the application. */
function stderrLogger(say: (text: string) => void): DiagLogger {
  const at =
    (level: string) =>
    (message: string, ...details: unknown[]): void =>
      say(`${level}: ${[message, ...details.map((detail) => (detail instanceof Error ? detail.stack : String(detail)))].join(" ")}`);
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug"), verbose: at("verbose") };
}
