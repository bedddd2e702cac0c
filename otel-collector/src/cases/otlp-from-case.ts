import { createHash, randomBytes } from "node:crypto";
import { type Attributes, type GivenLog, type GivenMetric, type GivenSpan, KINDS, SEVERITIES, type Signal, STATUSES, TEMPORALITIES } from "./case.ts";
import type { LoadedCase } from "./case-files.ts";

/** One request to the Collector: OTLP/JSON as text. */
export interface Request {
  signal: Signal;
  body: string;
}

const RESOURCE = { "service.name": "shop", "service.version": "1.2.3", "deployment.environment.name": "test" };

/** What a case gives, as OTLP; times are counted from `now_ms`. `$TEXT(300)` is 300 letters. */
export function requestsOf({ given, samples }: Pick<LoadedCase, "given" | "samples">, now_ms: number): Request[] {
  const resource = { attributes: attributes(given.resource ?? RESOURCE) };
  const scope = { name: "pipeline-test", ...given.scope, attributes: attributes(given.scope?.attributes ?? {}) };
  const requests: Request[] = [];
  const add = (signal: Signal, body: object): number => requests.push({ signal, body: JSON.stringify(body) });
  if (given.spans) add("traces", { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: given.spans.map((each) => span(each, now_ms)) }] }] });
  if (given.logs) add("logs", { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: given.logs.map((each, index) => log(each, now_ms, index)) }] }] });
  if (given.metrics) add("metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: given.metrics.map((each) => metric(each, now_ms)) }] }] });
  for (const { signal, text } of samples) requests.push({ signal, body: text.replaceAll("$NOW", nanos(now_ms)) });
  for (const request of requests) request.body = request.body.replace(/\$TEXT\((\d{1,6})\)/g, (_all, length: string) => "x".repeat(Number(length)));
  return Array.from({ length: given.times ?? 1 }, () => requests).flat();
}

/** The signals that a case sends. */
export const signalsOf = ({ given, samples }: Pick<LoadedCase, "given" | "samples">): Signal[] => [
  ...(given.spans ? (["traces"] as const) : []),
  ...(given.logs ? (["logs"] as const) : []),
  ...(given.metrics ? (["metrics"] as const) : []),
  ...samples.map(({ signal }) => signal),
];

const nanos = (time_ms: number): string => String(BigInt(Math.round(time_ms)) * 1_000_000n);

/** Milliseconds of `500ms`, `3s`, `-10m`, `26h`. */
function milliseconds(duration: string): number {
  const match = /^(-?[\d.]+)(ms|s|m|h)$/.exec(duration);
  return Number(match?.[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ""] ?? Number.NaN);
}

function span(given: GivenSpan, now_ms: number): object {
  return {
    traceId: given.trace === undefined ? randomBytes(16).toString("hex") : traceId(given.trace),
    spanId: randomBytes(8).toString("hex"),
    ...(given.root === true ? {} : { parentSpanId: randomBytes(8).toString("hex") }),
    name: given.name,
    kind: KINDS.indexOf(given.kind ?? "internal") + 1,
    startTimeUnixNano: nanos(now_ms - milliseconds(given.duration ?? "5ms")),
    endTimeUnixNano: nanos(now_ms),
    attributes: attributes(given.attributes ?? {}),
    events: (given.events ?? []).map((event) => ({ name: event.name, timeUnixNano: nanos(now_ms), attributes: attributes(event.attributes ?? {}) })),
    status: { ...(given.status === undefined ? {} : { code: STATUSES.indexOf(given.status) }), ...(given.message === undefined ? {} : { message: given.message }) },
  };
}

/** A nanosecond apart, so that each can be told from the others on its way. */
function log(given: GivenLog, now_ms: number, index: number): object {
  const severity = SEVERITIES.findIndex((name) => name === given.severity);
  return {
    timeUnixNano: String(BigInt(nanos(now_ms)) + BigInt(index)),
    ...(given.body === undefined ? {} : { body: value(given.body) }),
    ...(given.event === undefined ? {} : { eventName: given.event }),
    ...(severity < 0 ? {} : { severityNumber: severity * 4 + 1, severityText: given.severity?.toUpperCase() }),
    ...(given.trace === undefined ? {} : { traceId: traceId(given.trace), spanId: randomBytes(8).toString("hex") }),
    attributes: attributes(given.attributes ?? {}),
  };
}

function traceId(word: string): string {
  return createHash("md5").update(word).digest("hex");
}

function metric(given: GivenMetric, now_ms: number): object {
  const time_ms = now_ms - milliseconds(given.age ?? "0s");
  const point = { timeUnixNano: nanos(time_ms), startTimeUnixNano: nanos(time_ms - 60_000), attributes: attributes(given.attributes ?? {}) };
  const aggregationTemporality = TEMPORALITIES.indexOf(given.temporality ?? "cumulative");
  const { name, unit } = given;
  const base = unit === undefined ? { name } : { name, unit };
  if (given.histogram) {
    const bounds = given.bounds ?? [];
    const counts = Array.from({ length: bounds.length + 1 }, () => 0);
    for (const observed of given.histogram) {
      const bucket = bounds.findIndex((bound) => observed <= bound);
      const index = bucket < 0 ? bounds.length : bucket;
      counts[index] = (counts[index] ?? 0) + 1;
    }
    const sum = given.histogram.reduce((all, each) => all + each, 0);
    return { ...base, histogram: { aggregationTemporality, dataPoints: [{ ...point, count: String(given.histogram.length), sum, explicitBounds: bounds, bucketCounts: counts.map(String) }] } };
  }
  if (given.sum !== undefined) return { ...base, sum: { isMonotonic: given.monotonic ?? true, aggregationTemporality, dataPoints: [{ ...point, asDouble: given.sum }] } };
  return given.gauge === undefined ? base : { ...base, gauge: { dataPoints: [{ ...point, asDouble: given.gauge }] } };
}

const attributes = (given: Attributes): object[] => Object.entries(given).map(([key, each]) => ({ key, value: value(each) }));

/** AnyValue of OTLP/JSON. */
function value(given: unknown): object {
  if (typeof given === "boolean") return { boolValue: given };
  if (typeof given === "number") return Number.isInteger(given) ? { intValue: String(given) } : { doubleValue: given };
  if (Array.isArray(given)) return { arrayValue: { values: given.map(value) } };
  if (typeof given === "object" && given !== null) return { kvlistValue: { values: attributes(given as Attributes) } };
  return { stringValue: String(given) };
}
