import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createBudget, decompress, readBody } from "./body.ts";
import type { Destinations } from "./delivery/destinations.ts";
import type { Pipeline } from "./delivery/pipeline.ts";
import { collectExceptions, type RecordedException } from "./exceptions/collect.ts";
import { HttpError } from "./http-error.ts";
import type { Metrics } from "./metrics.ts";
import { CONTENT_TYPE, type Encoding, errorBody, successBody } from "./otlp/answer.ts";
import { decodeCountsJson, decodeLogsJson, decodeTracesJson } from "./otlp/json.ts";
import { type Group, MalformedError } from "./otlp/model.ts";
import { decodeCounts, decodeLogs, decodeTraces } from "./otlp/protobuf.ts";
import { REQUESTS } from "./sessions/requests.ts";
import type { Sessions } from "./sessions/sessions.ts";
import type { Settings } from "./settings.ts";
import type { SpanPipeline } from "./spans/pipeline.ts";
import { carriesToken } from "./token.ts";

export interface BridgeServer {
  server: Server;
  /** Stops admitting: every further OTLP request, and what is not under way to Sentry yet, is handed back with 503. */
  drain: () => void;
}

export interface ServerOptions {
  settings: Settings;
  pipeline: Pipeline;
  spanPipeline: SpanPipeline;
  sessions: Pick<Sessions, "requests" | "told" | "signals" | "exception">;
  metrics: Metrics;
  destinations: Pick<Destinations, "all" | "states">;
  log: (line: string) => void;
}

type Signal = "traces" | "logs" | "metrics";

interface Records {
  groups: Group[];
  exceptions: RecordedException[];
}

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ["/v1/traces", "traces"],
  ["/v1/logs", "logs"],
  ["/v1/metrics", "metrics"],
]);
const DECODERS: Record<Exclude<Signal, "metrics">, Record<Encoding, (body: Buffer, allSpans: boolean, served: readonly string[]) => Group[]>> = {
  traces: { protobuf: decodeTraces, json: decodeTracesJson },
  logs: { protobuf: decodeLogs, json: decodeLogsJson },
};
const MAX_CONNECTIONS = 512;
/** Longer than Go's clients keep an idle connection (90 s): they close it, and never write into one that is just being closed here. */
const KEEP_ALIVE_MS = 95_000;
/** What is left of a body that was refused is read and thrown away for so long; then the connection is cut. */
const READ_AWAY_MS = 2_000;
/** What an exception costs besides its texts: its maps, its place in the queue. */
const EXCEPTION_OVERHEAD_BYTES = 2048;
const TRAIL_ENTRY_BYTES = 1024;
/** A span with some attributes, as an object. */
const SPAN_BYTES = 2048;

/** The HTTP face: OTLP in, health and metrics out. It never answers 500, 401, 403 or 404 to OTLP: the Collector drops data on those. */
export function createBridgeServer({ settings, pipeline, spanPipeline, sessions, metrics, destinations, log }: ServerOptions): BridgeServer {
  const budget = createBudget(settings.maxInFlightBytes);
  const oneByOne = createQueue();
  const allSpans = settings.spans !== "off" && settings.sessions !== "only";
  /** What is delivered to Sentry, in words. */
  const delivered = settings.spans === "off" ? "exceptions" : "exceptions and spans";
  /** Beginnings of the names of services whose SERVER spans are requests that nothing else counts. */
  const served = settings.sessions === "off" ? [] : settings.sessionsFromSpans.beginnings;
  let draining = false;

  function admit(request: IncomingMessage): void {
    if (draining) throw new HttpError(503, "the bridge is shutting down", 1);
    // Before the body is read. Not 401: the Collector would throw the data away for what is a setting to correct.
    if (settings.token !== "" && !carriesToken(request.headers.authorization, settings.token)) {
      throw new HttpError(503, "the bearer token is missing or wrong: send the one of SENTRY_BRIDGE_TOKEN as authorization: Bearer <token>", 30);
    }
  }

  async function takeRecords(request: IncomingMessage, signal: "traces" | "logs", encoding: Encoding): Promise<Buffer> {
    const records = await receive(request, (body) => {
      const groups = DECODERS[signal][encoding](body, allSpans, served);
      return { groups, exceptions: collectExceptions(groups) };
    });
    if (settings.sessions !== "off") sessions.signals(records.groups);
    if (settings.sessions === "only") records.exceptions.forEach(sessions.exception);
    const dropped = settings.sessions === "only" ? 0 : await deliver(records);
    // Now, when nothing hands the request back any more: then it would come again, to this bridge or to the next.
    if (settings.sessions !== "off") sessions.told(records.groups, records.exceptions);
    return successBody(encoding, signal, dropped, `${delivered} that Sentry's rate limits or rules refuse`);
  }

  /** Gives how many exceptions and spans were dropped. Throws HttpError 503 when any must come again. */
  async function deliver({ groups, exceptions }: Records): Promise<number> {
    if (exceptions.length === 0 && !(allSpans && groups.length > 0)) return 0;
    const spans = allSpans || served.length > 0 ? groups.reduce((sum, group) => sum + group.spans.length, 0) : 0;
    const release = budget.reserve(weigh(exceptions) + spans * SPAN_BYTES);
    try {
      const deadline = performance.now() + settings.requestTimeoutMs;
      const until = (): number => (draining ? 0 : deadline);
      const deliveries = await Promise.all([pipeline(exceptions, until), spanPipeline(groups, until)]);
      const deferred = deliveries.reduce((sum, delivery) => sum + delivery.deferred, 0);
      if (deferred > 0) {
        throw new HttpError(503, `${delivered} that could not be delivered to Sentry yet: ${deferred}`, Math.max(...deliveries.map(({ retryAfterSeconds }) => retryAfterSeconds)));
      }
      return deliveries.reduce((sum, delivery) => sum + delivery.dropped, 0);
    } finally {
      release();
    }
  }

  /** Of metrics only the counts of requests concern Sentry. They wait in memory to be sent, so they are acknowledged at once. */
  async function takeMetrics(request: IncomingMessage, encoding: Encoding): Promise<Buffer> {
    const decode = encoding === "protobuf" ? decodeCounts : decodeCountsJson;
    const points = await receive(request, (body) => (settings.sessions === "off" ? [] : decode(body, REQUESTS)));
    sessions.requests(points);
    return successBody(encoding, "metrics", 0, "");
  }

  async function receive<T>(request: IncomingMessage, decode: (body: Buffer) => T): Promise<T> {
    const { body, release } = await readBody(request, settings, budget);
    try {
      // One at a time: unpacking and decoding need the most memory of all, and more at once would not be faster.
      return await oneByOne(async () => decode(await decompress(request, body, settings)));
    } finally {
      release();
    }
  }

  async function answerOtlp(request: IncomingMessage, response: ServerResponse, path: string, signal: Signal): Promise<void> {
    let encoding: Encoding = "protobuf";
    let status = 200;
    let body: Buffer;
    try {
      if (request.method !== "POST") throw new HttpError(405, `${path} takes POST`);
      encoding = encodingOf(request);
      admit(request);
      body = signal === "metrics" ? await takeMetrics(request, encoding) : await takeRecords(request, signal, encoding);
    } catch (error) {
      const known = toHttpError(error, log);
      status = known.status;
      if (known.retryAfterSeconds !== undefined) response.setHeader("retry-after", String(known.retryAfterSeconds));
      body = errorBody(encoding, status, known.message);
    }
    metrics.request(path, status);
    if (draining) response.setHeader("connection", "close");
    finish(request, response, status, CONTENT_TYPE[encoding], body);
  }

  function limitedSeconds(): [string, string, number][] {
    return destinations.all.flatMap(({ dsn, upstream }) => upstream.limitedSeconds().map(([category, seconds]): [string, string, number] => [dsn.label, category, seconds]));
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0]!;
    const signal = SIGNALS.get(path);
    if (signal) return answerOtlp(request, response, path, signal);
    if (path === "/health") return finish(request, response, 200, "application/json", JSON.stringify({ status: draining ? "draining" : "ok", sentry: destinations.states() }));
    if (path === "/metrics") return finish(request, response, 200, "text/plain; version=0.0.4; charset=utf-8", metrics.text({ inFlightBytes: budget.used(), limitedSeconds: limitedSeconds() }));
    return finish(request, response, 404, "text/plain; charset=utf-8", "There is /v1/traces, /v1/logs, /v1/metrics (POST, OTLP/HTTP), /health and /metrics.\n");
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      log(`ERROR: ${String(error)}`);
      response.destroy();
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MAX_CONNECTIONS;
  return { server, drain: () => void (draining = true) };
}

/** Bytes that exceptions hold until they are delivered. What went before them in a trace is shared by the trace's exceptions. */
function weigh(exceptions: RecordedException[]): number {
  const texts = exceptions.reduce((sum, { stacktrace, message }) => sum + 2 * (stacktrace.length + message.length) + EXCEPTION_OVERHEAD_BYTES, 0);
  const trails = new Set(exceptions.map(({ trail }) => trail));
  return [...trails].reduce((sum, trail) => sum + trail.length * TRAIL_ENTRY_BYTES, texts);
}

function finish(request: IncomingMessage, response: ServerResponse, status: number, contentType: string, body: Buffer | string): void {
  response.writeHead(status, { "content-type": contentType, "content-length": String(Buffer.byteLength(body)) });
  response.end(body, () => {
    if (!request.complete) readAway(request);
  });
}

/** A sender that is still writing would see a broken connection in the place of a refusal, and bring for ever what it should drop. */
function readAway(request: IncomingMessage): void {
  const late = setTimeout(() => request.destroy(), READ_AWAY_MS).unref();
  request.once("close", () => clearTimeout(late));
  request.resume();
}

function encodingOf(request: IncomingMessage): Encoding {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  if (type === "application/json") return "json";
  throw new HttpError(415, `content-type ${JSON.stringify(type.slice(0, 80))} is not OTLP; use application/x-protobuf or application/json`);
}

function toHttpError(error: unknown, log: (line: string) => void): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof MalformedError) return new HttpError(400, error.message);
  if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return new HttpError(400, "the sender closed the connection before the end of its body");
  log(`ERROR: the bridge failed on a request: ${String(error)}. It stays with the sender; please report this.`);
  return new HttpError(503, "the bridge failed on this request; see its log", 30);
}

/** Runs tasks one after the other, in the order they come. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
