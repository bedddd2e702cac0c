import type { Destination, Destinations } from "../delivery/destinations.ts";
import { isPage } from "../delivery/destinations.ts";
import type { EnvelopeItem } from "../delivery/envelope.ts";
import { environment, release } from "../event/event.ts";
import type { Outcome } from "../exceptions/collapse.ts";
import type { RecordedException } from "../exceptions/collect.ts";
import type { Metrics } from "../metrics.ts";
import type { CountPoint } from "../otlp/metrics.ts";
import type { Settings } from "../settings.ts";
import type { Attributes, Group } from "../otlp/model.ts";
import { type Aggregates, chunks, createAggregates, quantityOf, type SessionAttributes } from "./aggregates.ts";
import { createCounts } from "./counts.ts";
import { createErrored } from "./errored.ts";
import { plausible } from "./plausible.ts";
import { createRequestSpans, isRequest } from "./request-spans.ts";
import { type RequestStatus, requestStatus } from "./requests.ts";
import { createVisits, type Signal, type Visits } from "./visits.ts";

/** Release health: how many requests and visits of a release went well. */
export interface Sessions {
  /** Counts of requests to services. */
  requests: (points: CountPoint[]) => void;
  /** Spans and exceptions of an OTLP request that is acknowledged: of some services, they tell of requests. */
  told: (groups: Group[], exceptions: RecordedException[]) => void;
  /** Whatever pages send begins or continues their sessions. */
  signals: (groups: Group[]) => void;
  /** An exception, once. */
  exception: (exception: RecordedException) => void;
  /** Sends what waits. What cannot be sent goes on waiting, as far as there is room. */
  flush: () => Promise<void>;
  /** Things that still wait. */
  waiting: () => number;
}

export interface SessionsOptions {
  settings: Pick<Settings, "sessionsFromSpans">;
  destinations: Destinations;
  metrics: Pick<Metrics, "received" | "ended">;
  log: (line: string) => void;
  /** When this bridge started, Unix milliseconds. */
  sinceMs: number;
}

/** Whose requests are counted, and where. */
interface Service {
  to: Waiting;
  attributes: SessionAttributes;
}

/** What the sessions of one project wait in. */
interface Waiting extends Destination {
  aggregates: Aggregates;
  visits: Visits;
}

const ITEMS_PER_ENVELOPE = 100;
const SEND_MS = 10_000;
/** In memory, of all projects together. */
const MAX_VISITS = 20_000;
const MAX_MINUTES = 10_000;
const MAX_WARNED = 1_000;
const ERROR_SEVERITY = 17;
const COLLAPSED: Outcome = { kind: "collapsed" };
const OVERFLOW: Outcome = { kind: "dropped", reason: "overflow" };

export function createSessions({ settings: { sessionsFromSpans }, destinations, metrics, log, sinceMs }: SessionsOptions): Sessions {
  const counts = createCounts(BigInt(sinceMs) * 1_000_000n);
  const errored = createErrored();
  const requestSpans = createRequestSpans<Service>();
  const projects = new Map<Destination["upstream"], Waiting>();
  const warned = new Set<string>();
  let waiting = 0;
  let flushing: Promise<void> = Promise.resolve();

  const received = (count: number): void => {
    metrics.received("sessions", count);
    waiting += count;
  };
  const ended = (outcome: Outcome, count: number): void => {
    metrics.ended("sessions", outcome, count);
    waiting -= count;
  };

  const share = (limit: number): number => Math.ceil(limit / destinations.all.length);

  /** No room to wait in. */
  function overflow({ upstream }: Pick<Waiting, "upstream">, count: number): void {
    if (count === 0) return;
    upstream.discarded("queue_overflow", [{ category: "session", quantity: 1 }]);
    ended(OVERFLOW, count);
  }

  function project(resource: Attributes): Waiting {
    const { dsn, upstream } = destinations.of(resource);
    const known = projects.get(upstream);
    if (known) return known;
    const visits = createVisits({ sinceMs, limit: share(MAX_VISITS), received: () => received(1), overflowed: () => overflow({ upstream }, 1) });
    const made = { dsn, upstream, aggregates: createAggregates(share(MAX_MINUTES)), visits };
    projects.set(upstream, made);
    return made;
  }

  /** Sentry keeps sessions by release; without one there are none, and one line says so. */
  function attributesOf(resource: Attributes): SessionAttributes | undefined {
    const name = release(resource);
    if (name === "") {
      warn(String(resource.get("service.name") ?? "").slice(0, 200).replace(/[\s\p{C}]+/gu, " "));
      return undefined;
    }
    const where = environment(resource);
    return where === "" ? { release: copied(name) } : { release: copied(name), environment: copied(where) };
  }

  function warn(service: string): void {
    if (warned.has(service) || warned.size >= MAX_WARNED) return;
    warned.add(service);
    log(`${service || "A sender without service.name"} has no release, so its sessions are not counted: set service.version (OTEL_RESOURCE_ATTRIBUTES=service.version=1.2.3).`);
  }

  /** Whether requests to this service are told by its spans. Then none of them may be counted by a metric as well, which comes up to a minute later. */
  const bySpans = (resource: Attributes): boolean => sessionsFromSpans.has(resource) && !isPage(resource);

  function countPoint(point: CountPoint): void {
    if (bySpans(point.resource)) return;
    const count = counts.growth(point);
    if (count === 0 || isPage(point.resource)) return;
    const service = serviceOf(point.resource, count);
    if (service) addRequests(service, point.timeUnixNano, requestStatus(point), count);
  }

  function countSpans({ resource, spans }: Group): void {
    if (!bySpans(resource)) return;
    const requests = spans.filter(isRequest);
    const service = requests.length > 0 && serviceOf(resource, requests.length);
    if (!service) return;
    for (const span of requests) {
      if (!requestSpans.add(resource, service, span)) ended(COLLAPSED, 1);
      if (requestSpans.full()) addSpans();
    }
  }

  function addSpans(): void {
    const { requests, nested } = requestSpans.take();
    if (nested > 0) ended(COLLAPSED, nested);
    for (const { service, startTimeUnixNano, status } of requests) addRequests(service, startTimeUnixNano, status, 1);
  }

  /** Of so many requests that are received now; `undefined` when they cannot be counted. */
  function serviceOf(resource: Attributes, count: number): Service | undefined {
    received(count);
    const attributes = attributesOf(resource);
    if (attributes) return { to: project(resource), attributes };
    ended({ kind: "dropped", reason: "no_release" }, count);
    return undefined;
  }

  function addRequests({ to, attributes }: Service, timeUnixNano: bigint, how: RequestStatus, count: number): void {
    const timeMs = plausible(Number(timeUnixNano / 1_000_000n), Date.now()) ?? Date.now();
    for (const [status, part] of errored.divide(attributes.release, how, count)) {
      if (!to.aggregates.add(attributes, timeMs, status, part)) overflow(to, part);
    }
  }

  function signal(resource: Attributes, attributes: Attributes, timeUnixNano: bigint): Signal | undefined {
    const sessionId = String(attributes.get("session.id") ?? "").slice(0, 200);
    if (sessionId === "" || !isPage(resource)) return undefined;
    const release = attributesOf(resource);
    return release && { sessionId, userId: String(attributes.get("user.id") ?? "").slice(0, 200), timeMs: Number(timeUnixNano / 1_000_000n), attributes: release };
  }

  /** One envelope, once: sessions have no id that Sentry would know them by again. */
  async function send({ upstream }: Waiting, type: "session" | "sessions", parts: { payload: unknown; buckets: number }[]): Promise<Outcome> {
    const items = parts.map(({ payload }): EnvelopeItem => ({ type, payload: Buffer.from(JSON.stringify(payload)) }));
    // Sentry counts an update as one and an item of aggregates by its minutes.
    const quantity = parts.reduce((sum, { buckets }) => sum + buckets, 0);
    const deadline = performance.now() + SEND_MS;
    return upstream.send({ category: "session", headers: {}, items, contains: [{ category: "session", quantity }], atMostOnce: true }, () => deadline);
  }

  async function flushProject(to: Waiting): Promise<void> {
    for (const items of chunks(to.aggregates.take(), ITEMS_PER_ENVELOPE)) {
      const outcome = await send(to, "sessions", items.map((item) => ({ payload: item, buckets: item.aggregates.length })));
      if (outcome.kind === "deferred") overflow(to, to.aggregates.putBack(items));
      else ended(outcome, items.reduce((sum, item) => sum + quantityOf(item), 0));
    }
    for (const visits of chunks(to.visits.take(), ITEMS_PER_ENVELOPE)) {
      const outcome = await send(to, "session", visits.map(({ update }) => ({ payload: update, buckets: 1 })));
      if (outcome.kind !== "deferred") ended(outcome, visits.length);
      const arrived = outcome.kind === "sent" ? "yes" : outcome.kind === "deferred" ? "no" : "perhaps";
      for (const { settle } of visits) settle(arrived);
    }
  }

  return {
    requests: (points) => points.forEach(countPoint),
    told(groups, exceptions) {
      for (const exception of exceptions) if (bySpans(exception.resource) && isError(exception)) requestSpans.failed(exception);
      groups.forEach(countSpans);
    },
    signals(groups) {
      for (const { resource, spans, logs } of groups) {
        if (!isPage(resource)) continue;
        for (const { attributes, startTimeUnixNano } of spans) see(signal(resource, attributes, startTimeUnixNano), resource);
        for (const { attributes, timeUnixNano, observedTimeUnixNano } of logs) see(signal(resource, attributes, timeUnixNano || observedTimeUnixNano), resource);
      }
    },
    exception(recorded) {
      const { resource, attributes, span, root, handled, timeUnixNano, repeats } = recorded;
      if (!isError(recorded) || bySpans(resource)) return;
      if (!isPage(resource)) return errored.noted(release(resource), root);
      const known = signal(resource, attributes, timeUnixNano) ?? (span && signal(resource, span.attributes, timeUnixNano));
      if (known) project(resource).visits.erred(known, repeats, !handled);
    },
    flush() {
      // One after the other, so that nothing is taken out twice.
      flushing = flushing.then(async () => {
        addSpans();
        await Promise.all([...projects.values()].map(flushProject));
      });
      return flushing;
    },
    waiting: () => waiting,
  };

  function see(known: Signal | undefined, resource: Attributes): void {
    if (known) project(resource).visits.seen(known);
  }
}

/** A text of its own: V8 keeps the whole of one that another was cut from, and a sender's can be megabytes. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}

/** Not one that was only worth a warning. */
function isError({ severityNumber }: RecordedException): boolean {
  return severityNumber === 0 || severityNumber >= ERROR_SEVERITY;
}
