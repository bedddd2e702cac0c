import type { EnvelopeItem } from "./envelope.ts";
import type { Category } from "./limits.ts";

/** Reasons of Sentry's client reports that the bridge can have (develop.sentry.dev/sdk/telemetry/client-reports). */
export type ReportReason = "ratelimit_backoff" | "send_error" | "network_error" | "queue_overflow";

export interface Quantity {
  category: Category;
  quantity: number;
}

export interface Reports {
  discarded: (reason: ReportReason, what: readonly Quantity[]) => void;
  /** The report to put into the next envelope, and what to call should that not arrive; `undefined` when there is none. */
  take: () => { item: EnvelopeItem; putBack: () => void } | undefined;
}

/** Counts what was discarded for one DSN, so that Sentry's own statistics show it. */
export function createReports(): Reports {
  const counts = new Map<string, { reason: ReportReason; category: Category; quantity: number }>();
  const discarded: Reports["discarded"] = (reason, what) => {
    for (const { category, quantity } of what) {
      const key = `${reason}:${category}`;
      counts.set(key, { reason, category, quantity: (counts.get(key)?.quantity ?? 0) + quantity });
    }
  };
  return {
    discarded,
    take() {
      if (counts.size === 0) return undefined;
      const taken = [...counts.values()];
      counts.clear();
      return {
        item: { type: "client_report", payload: Buffer.from(JSON.stringify({ timestamp: Date.now() / 1000, discarded_events: taken })) },
        putBack: () => taken.forEach((entry) => discarded(entry.reason, [entry])),
      };
    },
  };
}
