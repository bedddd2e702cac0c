/**
 * All settings of the preload in one place, read from environment variables once. Nothing throws: a value that cannot be used
 * gives one line that names the variable, says what is wrong and what is done instead.
 */
import { otlpDestination, otlpProtocol, type Destination, type Environment, type Signal } from "./otlp-settings.ts";

export interface Settings {
  /** Exporters by signal, without duplicates; empty when the signal is off. */
  exporters: Record<Signal, string[]>;
  /** Set for a signal that this package sends itself (exporter `otlp` over HTTP). */
  destinations: Partial<Record<Signal, Destination>>;
  /** Signals whose exporters NodeSDK builds from the environment (gRPC, Zipkin): sent, but without our buffer and last flush. */
  leftToSdk: Signal[];
  propagators: string[] | undefined;
  sampler: SamplerSettings;
  /** HELLOAGENTS_TELEMETRY_IGNORE_PATHS: requests without spans, as `/path` or `/prefix/*`. */
  ignorePaths: string[];
  /** Whether measurements name the traces they were made in. */
  exemplars: boolean;
  prometheus: { host: string; port: number };
  metricInterval: { everyMs: number; timeoutMs: number };
  spanBatch: BatchSettings;
  logBatch: BatchSettings;
  /** HELLOAGENTS_TELEMETRY_BUFFER_BYTES: per signal, what waits while the Collector is away. */
  bufferBytes: number;
  /** HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS: the longest that the end of the process may wait for the last flush. */
  flushTimeoutMs: number;
  /** HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES: what something that the process cannot see holds it to, as PM2's max_memory_restart does. */
  memoryLimitBytes: number | undefined;
}

export interface SamplerSettings {
  name: (typeof SAMPLERS)[number];
  /** Share of traces, for the samplers by ratio. */
  ratio: number;
}

export interface BatchSettings {
  maxQueue: number;
  maxBatch: number;
  delayMs: number;
}

const EXPORTERS: Record<Signal, string[]> = {
  traces: ["otlp", "console", "zipkin", "none"],
  metrics: ["otlp", "console", "prometheus", "none"],
  logs: ["otlp", "console", "none"],
};
const PROPAGATORS = ["tracecontext", "baggage", "b3", "b3multi", "sentry", "none"];
const SAMPLERS = ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] as const;
const EXEMPLAR_FILTERS = ["trace_based", "always_off"] as const;
/** What asks whether the service is alive, and scrapers: many traces, and nothing in them. */
const PROBES = ["/health", "/healthz", "/livez", "/readyz", "/metrics"];
const DETECTORS = ["env", "host", "os", "process", "serviceinstance", "container", "alibaba", "aws", "azure", "gcp", "all", "none"];
const LOG_LEVELS = ["none", "error", "warn", "info", "debug", "verbose", "all"];

export function readSettings(env: Environment): { settings: Settings; complaints: string[] } {
  const complaints = new Set<string>();
  const complain = (text: string): void => void complaints.add(text);

  const exporters = {} as Settings["exporters"];
  const destinations: Settings["destinations"] = {};
  const leftToSdk: Signal[] = [];
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const names = exporterNames(env, signal, complain);
    exporters[signal] = names;
    const protocol = names.includes("otlp") ? otlpProtocol(env, signal, complain) : undefined;
    if (protocol === "grpc" || names.includes("zipkin")) {
      leftToSdk.push(signal);
    } else if (protocol !== undefined) {
      const destination = otlpDestination(env, signal, protocol === "http/json" ? "json" : "protobuf", complain);
      if (destination) destinations[signal] = destination;
    }
  }

  const number = <Fallback extends number | undefined>(name: string, fallback: Fallback, least = 1): number | Fallback => readNumber(env, name, fallback, least, complain);
  const everyMs = number("OTEL_METRIC_EXPORT_INTERVAL", 60_000);
  const settings: Settings = {
    exporters,
    destinations,
    leftToSdk,
    propagators: propagatorNames(env, complain),
    sampler: samplerSettings(env, complain),
    ignorePaths: ignorePaths(env, complain),
    exemplars: exemplarFilter(env, complain) !== "always_off",
    prometheus: { host: env["OTEL_EXPORTER_PROMETHEUS_HOST"]?.trim() || "127.0.0.1", port: number("OTEL_EXPORTER_PROMETHEUS_PORT", 9464) },
    metricInterval: { everyMs, timeoutMs: Math.min(everyMs, number("OTEL_METRIC_EXPORT_TIMEOUT", 30_000)) },
    spanBatch: { maxQueue: number("OTEL_BSP_MAX_QUEUE_SIZE", 2048), maxBatch: number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512), delayMs: number("OTEL_BSP_SCHEDULE_DELAY", 5_000, 0) },
    logBatch: { maxQueue: number("OTEL_BLRP_MAX_QUEUE_SIZE", 2048), maxBatch: number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 512), delayMs: number("OTEL_BLRP_SCHEDULE_DELAY", 1_000, 0) },
    bufferBytes: number("HELLOAGENTS_TELEMETRY_BUFFER_BYTES", 4 * 1024 * 1024),
    flushTimeoutMs: number("HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS", 1_000, 0),
    // No Node process lives in less than a mebibyte: such a number is one of megabytes.
    memoryLimitBytes: number("HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES", undefined, 2 ** 20),
  };
  checkWhatTheSdkReads(env, complain);
  return { settings, complaints: [...complaints] };
}

function list(text: string | undefined): string[] {
  return [...new Set((text ?? "").split(",").map((item) => item.trim()).filter(Boolean))];
}

function exporterNames(env: Environment, signal: Signal, complain: (text: string) => void): string[] {
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const wanted = list(env[variable]);
  if (wanted.length === 0) return ["otlp"];
  const known = wanted.filter((name) => EXPORTERS[signal].includes(name));
  for (const name of wanted) {
    if (!known.includes(name)) complain(`${variable} names "${name}", which is not an exporter of ${signal}: it is left out. Use ${EXPORTERS[signal].join(", ")}.`);
  }
  return known.includes("none") ? [] : known;
}

function propagatorNames(env: Environment, complain: (text: string) => void): string[] | undefined {
  const wanted = list(env["OTEL_PROPAGATORS"]);
  if (wanted.length === 0) return undefined;
  const known = wanted.filter((name) => PROPAGATORS.includes(name));
  for (const name of wanted) {
    if (!known.includes(name)) complain(`OTEL_PROPAGATORS names "${name}", which is not a propagator here: it is left out. Use ${PROPAGATORS.join(", ")}.`);
  }
  // Only unknown names: the default propagators keep traces whole.
  return known.length === 0 ? undefined : known;
}

function samplerSettings(env: Environment, complain: (text: string) => void): SamplerSettings {
  const wanted = env["OTEL_TRACES_SAMPLER"]?.trim() || "parentbased_always_on";
  const name = SAMPLERS.find((known) => known === wanted);
  if (name === undefined) complain(`OTEL_TRACES_SAMPLER="${wanted}" is not a sampler. Going on with parentbased_always_on. Use ${SAMPLERS.join(", ")}.`);
  if (!name?.endsWith("traceidratio")) return { name: name ?? "parentbased_always_on", ratio: 1 };
  const text = env["OTEL_TRACES_SAMPLER_ARG"]?.trim();
  const ratio = Number(text);
  if (text && ratio >= 0 && ratio <= 1) return { name, ratio };
  complain(`OTEL_TRACES_SAMPLER_ARG="${text ?? ""}" is not a number from 0 to 1. Going on with 1.`);
  return { name, ratio: 1 };
}

/** Of the filters that the specification names, `always_on` asks for exemplars without a trace, which would lead nowhere. */
function exemplarFilter(env: Environment, complain: (text: string) => void): (typeof EXEMPLAR_FILTERS)[number] {
  const wanted = env["OTEL_METRICS_EXEMPLAR_FILTER"]?.trim() || "trace_based";
  const name = EXEMPLAR_FILTERS.find((known) => known === wanted);
  if (name === undefined) complain(`OTEL_METRICS_EXEMPLAR_FILTER="${wanted}" is not a filter here. Going on with trace_based. Use ${EXEMPLAR_FILTERS.join(", ")}.`);
  return name ?? "trace_based";
}

function ignorePaths(env: Environment, complain: (text: string) => void): string[] {
  const variable = "HELLOAGENTS_TELEMETRY_IGNORE_PATHS";
  const wanted = env[variable] === undefined ? PROBES : list(env[variable]);
  return wanted.filter((path) => {
    const usable = /^\/([^*?#]*|[^*?#]*\/\*|\*)$/.test(path);
    if (!usable) complain(`${variable} names "${path}", which is neither a path like /health nor a prefix like /internal/*: it is left out.`);
    return usable;
  });
}

function readNumber<Fallback extends number | undefined>(env: Environment, name: string, fallback: Fallback, least: number, complain: (text: string) => void): number | Fallback {
  const text = env[name]?.trim();
  if (!text) return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  complain(`${name}="${text}" is not a number of at least ${least}. Going on ${fallback === undefined ? "without it" : `with ${fallback}`}.`);
  return fallback;
}

/** The SDK ignores these silently when they are wrong (it tells its debug log only); the user should hear of them. */
function checkWhatTheSdkReads(env: Environment, complain: (text: string) => void): void {
  for (const name of list(env["OTEL_NODE_RESOURCE_DETECTORS"])) {
    if (!DETECTORS.includes(name)) complain(`OTEL_NODE_RESOURCE_DETECTORS names "${name}", which is not a detector: it is left out. Use ${DETECTORS.join(", ")}.`);
  }
  const level = env["OTEL_LOG_LEVEL"]?.trim();
  if (level && !LOG_LEVELS.includes(level.toLowerCase())) {
    complain(`OTEL_LOG_LEVEL="${level}" is not a level. Going on with info. Use ${LOG_LEVELS.join(", ")}.`);
  }
  const resource = env["OTEL_RESOURCE_ATTRIBUTES"]?.trim();
  if (resource && !isAttributeList(resource)) {
    complain(`OTEL_RESOURCE_ATTRIBUTES is not a list of key=value with percent-encoded values, separated by commas: it is left out.`);
  }
}

function isAttributeList(text: string): boolean {
  return text
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .every((pair) => {
      const [key = "", ...value] = pair.split("=");
      if (key.trim() === "" || value.length !== 1) return false;
      try {
        decodeURIComponent(pair);
        return true;
      } catch {
        return false;
      }
    });
}
