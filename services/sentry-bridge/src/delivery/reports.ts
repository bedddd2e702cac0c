import type { EnvelopeItem } from "./envelope.ts";

/** Reasons of Sentry's client reports that the bridge can have (develop.sentry.dev/sdk/telemetry/client-reports). */
export type ReportReason = "ratelimit_backoff" | "send_error";

export interface Reports {
  discarded: (reason: ReportReason) => void;
  /** The report to put into the next envelope, and what to call should that not arrive; `undefined` when there is none. */
  take: () => { item: EnvelopeItem; putBack: () => void } | undefined;
}

/** Counts what was discarded for one DSN, so that Sentry's own statistics show it. */
export function createReports(): Reports {
  const counts = new Map<ReportReason, number>();
  const add = (reason: ReportReason, quantity: number): void => void counts.set(reason, (counts.get(reason) ?? 0) + quantity);
  return {
    discarded: (reason) => add(reason, 1),
    take() {
      if (counts.size === 0) return undefined;
      const taken = [...counts];
      counts.clear();
      const report = { timestamp: Date.now() / 1000, discarded_events: taken.map(([reason, quantity]) => ({ reason, category: "error", quantity })) };
      return {
        item: { type: "client_report", payload: Buffer.from(JSON.stringify(report)) },
        putBack: () => taken.forEach(([reason, quantity]) => add(reason, quantity)),
      };
    },
  };
}
