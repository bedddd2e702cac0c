import type { Settings } from "../settings.ts";
import { buildEvent } from "../event/event.ts";
import { serializeEvent } from "../event/fit.ts";
import type { Collapse, Outcome } from "../exceptions/collapse.ts";
import type { RecordedException } from "../exceptions/collect.ts";
import { eventId, readException } from "../exceptions/identity.ts";
import type { Metrics } from "../metrics.ts";
import type { Destinations } from "./destinations.ts";
import type { Deadline } from "./upstream.ts";

/** What became of a request's exceptions. The sender must bring the whole request again when any is deferred. */
export interface Delivery {
  deferred: number;
  dropped: number;
  retryAfterSeconds: number;
}

export interface PipelineOptions {
  settings: Pick<Settings, "concurrency" | "inApp">;
  destinations: Destinations;
  collapse: Collapse;
  metrics: Metrics;
  /** Called once for each exception, whether Sentry takes it or refuses it. */
  decided: (exception: RecordedException) => void;
  log: (line: string) => void;
}

/** Turns recorded exceptions into events and returns when each has an outcome. */
export type Pipeline = (exceptions: RecordedException[], deadline: Deadline) => Promise<Delivery>;

export function createPipeline({ settings, destinations, collapse, metrics, decided, log }: PipelineOptions): Pipeline {
  async function deliverOne(recorded: RecordedException, deadline: Deadline): Promise<Outcome> {
    if (performance.now() >= deadline()) return { kind: "deferred" };
    const exception = readException(recorded);
    metrics.layout(exception.stack.layout);
    return collapse.once(exception, async (repeat) => {
      const { dsn, upstream, known } = destinations.of(recorded.resource);
      if (!known) metrics.unrouted();
      const id = eventId(dsn.projectId, exception, repeat);
      const item = { type: "event" as const, payload: serializeEvent(buildEvent(exception, id, settings.inApp)) };
      return upstream.send({ category: "error", headers: { event_id: id }, items: [item], contains: [{ category: "error", quantity: 1 }] }, deadline);
    });
  }

  return async (exceptions, deadline) => {
    const delivery: Delivery = { deferred: 0, dropped: 0, retryAfterSeconds: 1 };
    metrics.received("exceptions", exceptions.length);
    // Events are built only as fast as they leave: a request of ten thousand exceptions holds a few of them as JSON.
    const queue = exceptions.values();
    const worker = async (): Promise<void> => {
      for (const recorded of queue) {
        const outcome = await deliverOne(recorded, deadline).catch((error: unknown): Outcome => {
          log(`ERROR: the bridge failed on an exception of ${String(recorded.resource.get("service.name"))}: ${String(error)}. It stays with the sender; please report this.`);
          return { kind: "deferred" };
        });
        metrics.ended("exceptions", outcome);
        if (outcome.kind === "sent" || outcome.kind === "dropped") decided(recorded);
        if (outcome.kind === "deferred") {
          delivery.deferred++;
          delivery.retryAfterSeconds = Math.max(delivery.retryAfterSeconds, destinations.of(recorded.resource).upstream.retryAfterSeconds());
        } else if (outcome.kind === "dropped") delivery.dropped++;
      }
    };
    // Twice the connections: some of the waiting ones turn out to be repeats of others.
    await Promise.all(Array.from({ length: Math.min(2 * settings.concurrency, exceptions.length) }, worker));
    return delivery;
  };
}
