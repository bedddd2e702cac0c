import { randomBytes } from "node:crypto";

/** OTLP/JSON request bodies (opentelemetry-proto, JSON mapping: hex ids, 64-bit integers as strings) for one item each. */

type Attributes = Record<string, string>;

const attributes = (values: Attributes): unknown[] => Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));

const resource = (service: string, more: Attributes = {}): unknown => ({
  attributes: attributes({ "service.name": service, "service.version": "1.0.0", ...more }),
});

export const newTraceId = (): string => randomBytes(16).toString("hex");

const nanos = (ms: number): string => `${ms}000000`;

export function spanRequest(service: string, name: string, values: Attributes, traceId = newTraceId()): unknown {
  const now = Date.now();
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name,
    kind: 2,
    startTimeUnixNano: nanos(now - 5),
    endTimeUnixNano: nanos(now),
    attributes: attributes(values),
    status: {},
  };
  return { resourceSpans: [{ resource: resource(service), scopeSpans: [{ scope: { name: "story" }, spans: [span] }] }] };
}

export function exceptionRequest(service: string, type: string, message: string): unknown {
  const record = {
    timeUnixNano: nanos(Date.now()),
    severityNumber: 17,
    severityText: "ERROR",
    eventName: "exception",
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    attributes: attributes({
      "exception.type": type,
      "exception.message": message,
      "exception.stacktrace": `${type}: ${message}\n    at handle (/srv/app/orders.js:12:7)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
    }),
  };
  return {
    resourceLogs: [{ resource: resource(service, { "telemetry.sdk.language": "nodejs" }), scopeLogs: [{ scope: { name: "story" }, logRecords: [record] }] }],
  };
}

/** A gauge sample whose value tells samples apart: what Prometheus holds can be counted. */
export function gaugeRequest(service: string, instance: string, name: string, value: number, at_ms = Date.now()): unknown {
  const metric = { name, gauge: { dataPoints: [{ timeUnixNano: nanos(at_ms), asDouble: value }] } };
  return {
    resourceMetrics: [{ resource: resource(service, { "service.instance.id": instance }), scopeMetrics: [{ scope: { name: "story" }, metrics: [metric] }] }],
  };
}

/** A cumulative histogram of requests to one route, all answered within `seconds`, with the trace of the last of them as its example. */
export function requestsRequest(service: string, route: string, count: number, seconds: number, traceId: string, startMs: number): unknown {
  const now = Date.now();
  const bounds = [0.1, 0.5, 1];
  const point = {
    startTimeUnixNano: nanos(startMs),
    timeUnixNano: nanos(now),
    count: String(count),
    sum: count * seconds,
    explicitBounds: bounds,
    bucketCounts: [...bounds, Infinity].map((bound, index) => String(seconds <= bound && seconds > (bounds[index - 1] ?? 0) ? count : 0)),
    attributes: [...attributes({ "http.route": route, "http.request.method": "GET" }), { key: "http.response.status_code", value: { intValue: "200" } }],
    exemplars: [{ timeUnixNano: nanos(now), asDouble: seconds, traceId, spanId: randomBytes(8).toString("hex") }],
  };
  const metric = { name: "http.server.request.duration", unit: "s", histogram: { aggregationTemporality: 2, dataPoints: [point] } };
  return { resourceMetrics: [{ resource: resource(service, { "service.instance.id": `${service}-1` }), scopeMetrics: [{ scope: { name: "story" }, metrics: [metric] }] }] };
}

export type Signal = "traces" | "logs" | "metrics";

/** Posts like an SDK: true when the Collector acknowledged it (only then must it never be lost). */
export async function send(collector: string, signal: Signal, body: unknown): Promise<boolean> {
  try {
    const answer = await fetch(`${collector}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
