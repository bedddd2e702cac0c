import { randomBytes } from "node:crypto";
import type { Attribute } from "./sink.ts";

/** Signals that the Collector's HTTP receiver takes. */
export type Signal = "traces" | "metrics" | "logs";

/** Posts OTLP/JSON; resolves with the status. 200 means that the Collector has taken it on. */
export async function post(collectorUrl: string, signal: Signal, body: unknown): Promise<number> {
  const response = await fetch(`${collectorUrl}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Nanoseconds since 1970, `offset_ms` from now, as OTLP/JSON writes them. */
export const nanos = (offset_ms = 0): string => String(BigInt(Date.now() + offset_ms) * 1_000_000n);

export const attributes = (values: Record<string, string>): Attribute[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));

const SERVICE = { "service.name": "shop", "service.version": "1.2.3", "deployment.environment.name": "test" };

export function tracesBody(spans: object[], resource: Record<string, string> = SERVICE): object {
  return { resourceSpans: [{ resource: { attributes: attributes(resource) }, scopeSpans: [{ scope: { name: "test" }, spans }] }] };
}

/** One span; `more` overrides. Kinds: 1 internal, 2 server, 3 client. */
export function span(name: string, more: object = {}): object {
  return {
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    parentSpanId: randomBytes(8).toString("hex"),
    name,
    kind: 1,
    startTimeUnixNano: nanos(-5),
    endTimeUnixNano: nanos(),
    ...more,
  };
}

export function logsBody(logRecords: object[], resource: Record<string, string> = SERVICE): object {
  return { resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs: [{ scope: { name: "test" }, logRecords }] }] };
}

/** An exception as the preload and the page send it. */
export function exceptionLog(id: string): object {
  return {
    timeUnixNano: nanos(),
    eventName: "exception",
    severityNumber: 17,
    attributes: attributes({
      "exception.type": "TypeError",
      "exception.message": id,
      "exception.stacktrace": `TypeError: ${id}\n    at work (file:///app/src/work.js:3:11)`,
    }),
  };
}

export function metricsBody(metrics: object[], resource: Record<string, string> = SERVICE): object {
  return { resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope: { name: "test" }, metrics }] }] };
}

export function gauge(name: string, point: object): object {
  return { name, gauge: { dataPoints: [{ timeUnixNano: nanos(), asInt: "1", ...point }] } };
}

/** One web vital as the page sends it: a delta histogram with one observation. */
export function vital(name: string, template: string, time: string, more: Record<string, string> = {}): object {
  return {
    name: `browser.web_vital.${name}`,
    unit: "s",
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [
        { attributes: attributes({ "url.template": template, ...more }), startTimeUnixNano: time, timeUnixNano: time, count: "1", sum: 0.5, explicitBounds: [1, 2.5], bucketCounts: ["1", "0", "0"] },
      ],
    },
  };
}
