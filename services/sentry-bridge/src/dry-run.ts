import { readFileSync } from "node:fs";
import { createDestinations } from "./delivery/destinations.ts";
import { createPipeline } from "./delivery/pipeline.ts";
import type { Upstream } from "./delivery/upstream.ts";
import { createCollapse, type Outcome } from "./exceptions/collapse.ts";
import { collectExceptions } from "./exceptions/collect.ts";
import { createMetrics, type Kind } from "./metrics.ts";
import { decodeLogsJson, decodeTracesJson } from "./otlp/json.ts";
import { type Group, MalformedError } from "./otlp/model.ts";
import { decodeLogs, decodeTraces } from "./otlp/protobuf.ts";
import type { Settings } from "./settings.ts";

/**
 * Prints the events that an OTLP file would make, one JSON object a line, and sends nothing.
 * @param path a request as protobuf, or as JSON, one or several lines of it (as the Collector's file exporter writes)
 * @returns a sentence on what became of the file. Throws an error of one line
 */
export async function dryRun(path: string, settings: Settings, print: (line: string) => void): Promise<string> {
  const upstream: Upstream = {
    send({ items }) {
      for (const { payload } of items) print(payload.toString());
      return Promise.resolve({ kind: "sent" });
    },
    discarded: () => undefined,
    state: () => "ok",
    retryAfterSeconds: () => 1,
    limitedSeconds: () => [],
    report: () => Promise.resolve(),
    close: () => Promise.resolve(),
    abort: () => undefined,
  };
  const counts = { sent: 0, collapsed: 0 };
  const metrics = createMetrics();
  const counting = {
    ...metrics,
    ended(_: Kind, outcome: Outcome): void {
      if (outcome.kind === "sent" || outcome.kind === "collapsed") counts[outcome.kind]++;
    },
  };
  const pipeline = createPipeline({ settings, destinations: createDestinations(settings, () => upstream), collapse: createCollapse(), metrics: counting, decided: () => undefined, log: fail });
  const requests = readRequests(path);
  for (const groups of requests) await pipeline(collectExceptions(groups), () => Infinity);
  return `${some(counts.sent, "event")} from ${some(requests.length, "request")}, ${some(counts.collapsed, "repeat")} left out`;
}

function some(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function fail(line: string): never {
  throw new Error(line);
}

function readRequests(path: string): Group[][] {
  let body: Buffer;
  try {
    body = readFileSync(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`, { cause: error });
  }
  try {
    const text = body.toString("utf8").replace(/^\uFEFF/, "");
    if (text.trim() === "") throw new MalformedError("it is empty");
    return /^\s*[{[]/.test(text) ? readJson(text) : [readProtobuf(body)];
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new Error(`${path} is not OTLP: ${error.message}`, { cause: error });
  }
}

/** One document, else one a line. */
function readJson(text: string): Group[][] {
  try {
    return [readJsonRequest(text)];
  } catch (error) {
    const lines = [...text.split("\n").entries()].filter(([, line]) => line.trim() !== "");
    // What does not stand one request a line begins with a line that is none by itself.
    if (lines.length < 2 || !isJson(lines[0]![1])) throw error;
    return lines.map(([at, line]) => named(`line ${at + 1}: `, () => readJsonRequest(line)));
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function named<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new MalformedError(place + error.message, { cause: error });
  }
}

/** Nothing says which signal it is; each reader finds nothing in what belongs to the other. */
function readJsonRequest(text: string): Group[] {
  const body = Buffer.from(text);
  return [...decodeTracesJson(body), ...decodeLogsJson(body)];
}

/** Spans and log records have fields of the same numbers and other types, so at most one reader takes it. */
function readProtobuf(body: Buffer): Group[] {
  let traces: Group[] = [];
  let reason: unknown;
  try {
    traces = decodeTraces(body);
    if (traces.length > 0) return traces;
  } catch (error) {
    reason = error;
  }
  try {
    return decodeLogs(body);
  } catch (error) {
    if (reason !== undefined) throw error;
    return traces;
  }
}
