import { createServer, type Server } from "node:http";

/** A destination that records the OTLP/JSON it is sent. */
export interface Sink {
  url: string;
  /** Requests taken, oldest first. */
  requests: { path: string; headers: Record<string, unknown>; text: string; body: OtlpBody }[];
  /** What it answers from now on; "hang" takes a request and never answers. */
  answer: number | "hang";
  /** Stops listening, as a dead destination does; `open` listens again on the same port. */
  close(): Promise<void>;
  open(): Promise<void>;
}

/** The parts of OTLP/JSON that tests read; see opentelemetry-proto. */
export interface OtlpBody {
  resourceSpans?: { scopeSpans: { spans: OtlpSpan[] }[] }[];
  resourceLogs?: { scopeLogs: { logRecords: OtlpLog[] }[] }[];
  resourceMetrics?: { resource: { attributes?: Attribute[] }; scopeMetrics: { metrics: OtlpMetric[] }[] }[];
}
export interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: string; boolValue?: boolean };
}
export interface OtlpSpan {
  name: string;
  kind?: number;
  attributes?: Attribute[];
  events?: { name: string; attributes?: Attribute[] }[];
}
export interface OtlpLog {
  eventName?: string;
  body?: { stringValue?: string };
  attributes?: Attribute[];
}
export interface OtlpPoint {
  startTimeUnixNano: string;
  timeUnixNano: string;
  attributes?: Attribute[];
  asInt?: string;
  count?: string;
  sum?: number;
  bucketCounts?: string[];
}
export interface OtlpMetric {
  name: string;
  sum?: { dataPoints: OtlpPoint[]; aggregationTemporality: number };
  gauge?: { dataPoints: OtlpPoint[] };
  histogram?: { dataPoints: OtlpPoint[]; aggregationTemporality: number };
}

/** Listens on a free loopback port and answers 200. */
export async function startSink(): Promise<Sink> {
  const requests: Sink["requests"] = [];
  let server: Server | undefined;
  let port = 0;
  const sink: Sink = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    requests,
    answer: 200,
    async close() {
      const closing = server;
      server = undefined;
      closing?.closeAllConnections();
      await new Promise((resolve) => (closing ? closing.close(resolve) : resolve(undefined)));
    },
    async open() {
      server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          if (sink.answer === "hang") return;
          const text = Buffer.concat(chunks).toString();
          if (sink.answer === 200) requests.push({ path: request.url ?? "", headers: request.headers, text, body: JSON.parse(text) as OtlpBody });
          response.writeHead(sink.answer, { "content-type": "application/json" }).end("{}");
        });
      });
      const opening = server;
      await new Promise<void>((resolve, reject) => opening.once("error", reject).listen(port, "127.0.0.1", resolve));
      port = (opening.address() as { port: number }).port;
    },
  };
  await sink.open();
  open.add(sink);
  return sink;
}

const open = new Set<Sink>();

/** Closes every sink that a test has opened. */
export async function closeSinks(): Promise<void> {
  await Promise.all([...open].map((sink) => sink.close()));
  open.clear();
}

/** Everything the sink has received, as it came. */
export const textOf = (sink: Sink): string => sink.requests.map((request) => request.text).join("\n");

export const spansOf = (sink: Sink): OtlpSpan[] =>
  sink.requests.flatMap(({ body }) => (body.resourceSpans ?? []).flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans)));

export const logsOf = (sink: Sink): OtlpLog[] =>
  sink.requests.flatMap(({ body }) => (body.resourceLogs ?? []).flatMap((resource) => resource.scopeLogs.flatMap((scope) => scope.logRecords)));

export const metricsOf = (sink: Sink): OtlpMetric[] =>
  sink.requests.flatMap(({ body }) => (body.resourceMetrics ?? []).flatMap((resource) => resource.scopeMetrics.flatMap((scope) => scope.metrics)));

/** The attribute's value as text; undefined when it is not there. */
export function attribute(attributes: Attribute[] | undefined, key: string): string | undefined {
  const value = attributes?.find((each) => each.key === key)?.value;
  return value === undefined ? undefined : String(Object.values(value)[0]);
}
