import { createHash } from "node:crypto";
import type { Destination, Destinations } from "../delivery/destinations.ts";
import type { Parcel } from "../delivery/parcel.ts";
import type { Delivery } from "../delivery/pipeline.ts";
import type { Deadline } from "../delivery/upstream.ts";
import { environment, release } from "../event/event.ts";
import type { Collapse, Outcome } from "../exceptions/collapse.ts";
import type { Metrics } from "../metrics.ts";
import type { Attributes, Group } from "../otlp/model.ts";
import type { Settings } from "../settings.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { spanItems, spansV2 } from "./span-item.ts";
import { buildTransaction, serializeTransaction } from "./transaction.ts";

/** Sends a request's spans and returns when each has an outcome. */
export type SpanPipeline = (groups: Group[], deadline: Deadline) => Promise<Delivery>;

export interface SpanPipelineOptions {
  settings: Pick<Settings, "spans" | "concurrency">;
  destinations: Destinations;
  /** One of its own: spans are many. A request that is handed back and comes again finds here what went. */
  collapse: Collapse;
  metrics: Pick<Metrics, "received" | "ended">;
}

/** A parcel on its way, and what it stands for in the bridge's own books. */
interface Load {
  to: Destination;
  parcel: Parcel;
  key: string;
  kind: "spans" | "transactions";
  count: number;
}

export function createSpanPipeline({ settings, destinations, collapse, metrics }: SpanPipelineOptions): SpanPipeline {
  const loadsOf = settings.spans === "transactions" ? transactionLoads : spanLoads;

  async function deliver({ to, parcel, key }: Load, deadline: Deadline): Promise<Outcome> {
    if (performance.now() >= deadline()) return { kind: "deferred" };
    return collapse.once({ key, causes: [], recorded: { source: "spans", spanId: "", timeUnixNano: 0n } }, () => to.upstream.send(parcel, deadline));
  }

  return async (groups, deadline) => {
    const delivery: Delivery = { deferred: 0, dropped: 0, retryAfterSeconds: 1 };
    if (settings.spans === "off") return delivery;
    // Made only as fast as they leave.
    const loads = loadsOf(segmentsOf(groups), destinations);
    const worker = async (): Promise<void> => {
      for (const load of loads) {
        metrics.received(load.kind, load.count);
        const outcome = await deliver(load, deadline);
        metrics.ended(load.kind, outcome, load.count);
        if (outcome.kind === "deferred") {
          delivery.deferred += load.count;
          delivery.retryAfterSeconds = Math.max(delivery.retryAfterSeconds, load.to.upstream.retryAfterSeconds());
        } else if (outcome.kind === "dropped") delivery.dropped += load.count;
      }
    };
    await Promise.all(Array.from({ length: settings.concurrency }, worker));
    return delivery;
  };
}

/** Items of one trace and one project each. */
function* spanLoads(segments: Segment[], destinations: Destinations): Generator<Load> {
  const traces = new Map<string, { to: Destination; segments: Segment[] }>();
  for (const segment of segments) {
    const to = destinations.of(segment.root.resource);
    const key = `${segment.root.span.traceId} ${to.dsn.endpoint.href} ${to.dsn.publicKey}`;
    const trace = traces.get(key) ?? { to, segments: [] };
    traces.set(key, trace);
    trace.segments.push(segment);
  }
  for (const { to, segments: parts } of traces.values()) {
    const { span, resource } = parts[0]!.root;
    for (const { item, spans } of spanItems(parts.flatMap(spansV2))) {
      yield {
        to,
        kind: "spans",
        count: spans.length,
        key: digest([to.dsn.label, span.traceId, ...spans.map(({ span_id }) => span_id)]),
        parcel: { category: "span", headers: { trace: traceHeader(span.traceId, to, resource) }, items: [item], contains: [{ category: "span", quantity: spans.length }] },
      };
    }
  }
}

function* transactionLoads(segments: Segment[], destinations: Destinations): Generator<Load> {
  for (const segment of segments) {
    const { span, resource } = segment.root;
    const to = destinations.of(resource);
    const { transaction, cut } = buildTransaction(segment, to.dsn.projectId);
    const { payload, cut: unfit } = serializeTransaction(transaction);
    const spans = transaction.spans.length - unfit;
    if (cut + unfit > 0) to.upstream.discarded("queue_overflow", [{ category: "span", quantity: cut + unfit }]);
    yield {
      to,
      kind: "transactions",
      count: 1,
      key: transaction.event_id,
      parcel: {
        category: "transaction",
        headers: { event_id: transaction.event_id, trace: traceHeader(span.traceId, to, resource) },
        items: [{ type: "transaction", payload }],
        // Sentry makes a span of the transaction itself, too.
        contains: [{ category: "transaction", quantity: 1 }, { category: "span", quantity: spans + 1 }],
      },
    };
  }
}

/** Dynamic sampling context: by it Sentry keeps or drops a trace as a whole. */
function traceHeader(traceId: string, { dsn }: Destination, resource: Attributes): Record<string, string> {
  const context = { trace_id: traceId, public_key: dsn.publicKey, release: release(resource), environment: environment(resource) };
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== ""));
}

function digest(parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32);
}
