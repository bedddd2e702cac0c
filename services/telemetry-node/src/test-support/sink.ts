/** A Collector for tests: takes OTLP/HTTP JSON and keeps what arrived, flattened. Can also hang, refuse or be down. */
import { once } from "node:events";
import http from "node:http";
import type { Socket } from "node:net";

type KeyValue = { key: string; value: { stringValue?: string; intValue?: number | string; doubleValue?: number; arrayValue?: { values: { stringValue?: string }[] } } };
export type Attributes = Record<string, string | number | (string | undefined)[] | undefined>;

export interface SinkSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attributes;
  events: string[];
  scope: string;
}
export interface SinkLog {
  eventName?: string;
  severityText: string;
  severityNumber: number;
  traceId?: string;
  spanId?: string;
  attributes: Attributes;
}
export interface SinkMetric {
  name: string;
  unit: string;
  scope: string;
  points: { attributes: Attributes; value: number | undefined; count: number | undefined; bounds: number[] | undefined; exemplars: { traceId: string; spanId: string; asDouble: number }[] }[];
}

export interface Sink {
  url: string;
  port: number;
  /** `ok` answers 200, `hang` takes connections and never answers, a number answers with that status. */
  mode: "ok" | "hang" | number;
  /** Those that were read to their end: what is done with them is decided. */
  requests: { path: string; headers: http.IncomingHttpHeaders }[];
  resources: Attributes[];
  spans: SinkSpan[];
  logs: SinkLog[];
  metrics: SinkMetric[];
  close(): Promise<void>;
}

export async function startSink(port?: number): Promise<Sink> {
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      sink.requests.push({ path: request.url ?? "", headers: request.headers });
      if (sink.mode === "hang") return;
      const readable = request.url?.startsWith("/v1/") && request.headers["content-type"] === "application/json";
      if (sink.mode === "ok" && readable) take(sink, Buffer.concat(chunks).toString());
      response.writeHead(sink.mode === "ok" ? 200 : sink.mode).end("{}");
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const actual = await listen(server, port);
  const sink: Sink = {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    mode: "ok",
    requests: [],
    resources: [],
    spans: [],
    logs: [],
    metrics: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return sink;
}

/**
 * Listens on the wanted port, or on one that the system gives nobody by itself (Linux gives those from 32768 on): when it is closed in a
 * test, it is still free when it is opened again.
 */
async function listen(server: http.Server, wanted?: number): Promise<number> {
  for (;;) {
    const port = wanted ?? 20_000 + Math.floor(Math.random() * 12_000);
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      return port;
    } catch (error) {
      if (wanted !== undefined || (error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

interface OtlpBody {
  resourceSpans?: { resource: { attributes: KeyValue[] }; scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[] }[];
  resourceLogs?: { resource: { attributes: KeyValue[] }; scopeLogs: { logRecords: OtlpLog[] }[] }[];
  resourceMetrics?: { resource: { attributes: KeyValue[] }; scopeMetrics: { scope: { name: string }; metrics: OtlpMetric[] }[] }[];
}
type OtlpSpan = Omit<SinkSpan, "attributes" | "events" | "scope"> & { attributes: KeyValue[]; events: { name: string }[] };
type OtlpLog = Omit<SinkLog, "attributes"> & { attributes: KeyValue[] };
interface OtlpPoint {
  attributes: KeyValue[];
  asDouble?: number;
  asInt?: number | string;
  count?: number | string;
  explicitBounds?: number[];
  exemplars?: SinkMetric["points"][number]["exemplars"];
}
interface OtlpMetric {
  name: string;
  unit: string;
  sum?: { dataPoints: OtlpPoint[] };
  gauge?: { dataPoints: OtlpPoint[] };
  histogram?: { dataPoints: OtlpPoint[] };
}

function take(sink: Sink, text: string): void {
  const body = JSON.parse(text) as OtlpBody;
  for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
    sink.resources.push(flat(resource.attributes));
    for (const { scope, spans } of scopeSpans) {
      for (const span of spans) sink.spans.push({ ...span, attributes: flat(span.attributes), events: span.events.map(({ name }) => name), scope: scope.name });
    }
  }
  for (const { resource, scopeLogs } of body.resourceLogs ?? []) {
    sink.resources.push(flat(resource.attributes));
    for (const { logRecords } of scopeLogs) for (const record of logRecords) sink.logs.push({ ...record, attributes: flat(record.attributes) });
  }
  for (const { resource, scopeMetrics } of body.resourceMetrics ?? []) {
    sink.resources.push(flat(resource.attributes));
    for (const { scope, metrics } of scopeMetrics) for (const metric of metrics) sink.metrics.push({ name: metric.name, unit: metric.unit, scope: scope.name, points: points(metric) });
  }
}

function points(metric: OtlpMetric): SinkMetric["points"] {
  const data = metric.sum ?? metric.gauge ?? metric.histogram ?? { dataPoints: [] };
  return data.dataPoints.map((point) => ({
    attributes: flat(point.attributes),
    value: number(point.asDouble ?? point.asInt),
    count: number(point.count),
    bounds: point.explicitBounds,
    exemplars: point.exemplars ?? [],
  }));
}

function number(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function flat(attributes: KeyValue[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? number(value.intValue) ?? value.doubleValue ?? value.arrayValue?.values.map(({ stringValue }) => stringValue)]));
}
