import { hash } from "node:crypto";
import type { RecordedException } from "../exceptions/collect.ts";
import { namesOf } from "../otlp/http-names.ts";
import { type Attributes, isEntry, SERVER, type Span } from "../otlp/model.ts";
import { createRecent } from "./recent.ts";
import { type RequestStatus, spanRequestStatus } from "./requests.ts";

/** A request to a service, as its SERVER span tells of it. */
export interface SpanRequest<Service> {
  service: Service;
  startTimeUnixNano: bigint;
  status: RequestStatus;
}

/** Requests to services that are counted by their spans, until they are added up. */
export interface RequestSpans<Service> {
  /**
   * `false`: the span has come before.
   * @param service what is kept of the resource, which may be large
   */
  add: (resource: Attributes, service: Service, span: Span) => boolean;
  /** An exception of such a service: the request that it belongs to is an errored one, unless it crashed. */
  failed: (exception: RecordedException) => void;
  /** No further one should wait. */
  full: () => boolean;
  /** `nested`: so many spans told of requests that a span above them, of another instrumentation in the same process, tells of. */
  take: () => { requests: SpanRequest<Service>[]; nested: number };
}

export interface RequestSpansLimits {
  /** Ids of spans, about 150 bytes each; at most twice as many are in memory. */
  ids?: number;
  /** Requests that wait, about 270 bytes each. */
  waiting?: number;
  /** Traces with exceptions, about 500 bytes each; at most twice as many are in memory. */
  traces?: number;
}

interface Waiting<Service> extends SpanRequest<Service> {
  spanId: string;
  parentSpanId: string;
  endTimeUnixNano: bigint;
  /** Of its service in its trace. */
  key: string;
}

/** Where an exception was: on this span, or, when its request's span is not known, at this time. */
interface Failure {
  spanId: string;
  timeUnixNano: bigint;
}

const NO_TIME = -1n;
/** More exceptions of a service in one trace are not looked at. */
const MAX_FAILURES = 20;

/** Whether a span is a request: one by HTTP that entered a service, in today's names or those of before version 1.23 of the semantic conventions. */
export function isRequest({ kind, traceId, spanId, attributes }: Span): boolean {
  return kind === SERVER && traceId !== "" && spanId !== "" && namesOf("http.request.method").some((name) => attributes.has(name));
}

/**
 * Remembers the ids of spans, since the Collector brings a batch again whose answer it did not get. It does so within 30 s, and a span
 * that comes again is remembered anew: 50,000 ids forget none as long as fewer requests than that come in between.
 *
 * An exception can come before the span of its request or after it, in a log record or on a span below: so requests wait until they are
 * taken. It belongs to the request of the same trace and process whose span entered the service above it, or within whose time it was.
 */
export function createRequestSpans<Service>({ ids = 50_000, waiting: most = 10_000, traces = 5_000 }: RequestSpansLimits = {}): RequestSpans<Service> {
  const seen = createRecent<true>(ids);
  const failures = createRecent<Failure[]>(traces);
  const processes = new WeakMap<Attributes, string>();
  let waiting: Waiting<Service>[] = [];

  function keyOf(traceId: string, resource: Attributes): string {
    const process = processes.get(resource) ?? hash("sha256", JSON.stringify([resource.get("service.name"), resource.get("service.instance.id")]), "base64");
    processes.set(resource, process);
    return traceId + process;
  }

  function hasFailed({ key, spanId, startTimeUnixNano: start, endTimeUnixNano: end }: Waiting<Service>): boolean {
    return failures.get(key)?.some((failure) => failure.spanId === spanId || (start <= failure.timeUnixNano && failure.timeUnixNano <= end)) ?? false;
  }

  return {
    add(resource, service, span) {
      const { traceId, spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } = span;
      const id = traceId + spanId;
      const known = seen.get(id) === true;
      seen.set(id, true);
      if (!known) waiting.push({ service, startTimeUnixNano, status: spanRequestStatus(span), spanId, parentSpanId, endTimeUnixNano, key: keyOf(traceId, resource) });
      return !known;
    },
    failed({ traceId, spanId, timeUnixNano, root, resource }) {
      if (traceId === "") return;
      const failure = root && isEntry(root) ? { spanId: root.spanId, timeUnixNano: NO_TIME } : { spanId, timeUnixNano };
      const key = keyOf(traceId, resource);
      const others = failures.get(key) ?? [];
      if (others.length < MAX_FAILURES && !others.some((other) => other.spanId === failure.spanId && other.timeUnixNano === failure.timeUnixNano)) others.push(failure);
      failures.set(key, others);
    },
    full: () => waiting.length >= most,
    take() {
      const entered = new Set(waiting.map(({ key, spanId }) => key + spanId));
      const outermost = waiting.filter(({ key, parentSpanId }) => !entered.has(key + parentSpanId));
      const nested = waiting.length - outermost.length;
      waiting = [];
      return { requests: outermost.map((request) => ({ ...request, status: request.status === "exited" && hasFailed(request) ? "errored" : request.status })), nested };
    },
  };
}
