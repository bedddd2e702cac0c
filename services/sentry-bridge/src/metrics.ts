import type { DropReason, Outcome } from "./exceptions/collapse.ts";

/** What the bridge sends, and keeps books of. */
export const KINDS = ["exceptions", "sessions", "spans", "transactions"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The bridge's own counters. At every moment, for each kind,
 * received = sent + collapsed + deferred + dropped (all reasons) + in flight.
 */
export interface Metrics {
  received: (kind: Kind, count?: number) => void;
  ended: (kind: Kind, outcome: Outcome, count?: number) => void;
  layout: (name: string) => void;
  /** An event of a service that no route names. */
  unrouted: () => void;
  request: (path: string, status: number) => void;
  /** @param answer HTTP status of Sentry, or `error` / `timeout` when there was none */
  upstream: (destination: string, answer: string) => void;
  /** Prometheus text format 0.0.4. */
  text: (now: Gauges) => string;
}

/** What is read at the time of a scrape. */
export interface Gauges {
  inFlightBytes: number;
  /** Limits in force, by destination and category. */
  limitedSeconds: [destination: string, category: string, seconds: number][];
}

type Labels = Record<string, string>;

const REASONS: Record<Kind, DropReason[]> = {
  exceptions: ["ratelimit", "ratelimit_backoff", "too_large", "refused"],
  sessions: ["ratelimit", "ratelimit_backoff", "too_large", "refused", "unconfirmed", "overflow", "no_release"],
  spans: ["ratelimit", "ratelimit_backoff", "too_large", "refused"],
  transactions: ["ratelimit", "ratelimit_backoff", "too_large", "refused"],
};
const HELP: Record<Kind, string> = {
  exceptions: "Exceptions found in requests",
  sessions: "Requests to services, and states of sessions of pages",
  spans: "Spans, with SENTRY_BRIDGE_SPANS=spans",
  transactions: "Transactions, with SENTRY_BRIDGE_SPANS=transactions",
};

interface Book {
  received: number;
  sent: number;
  collapsed: number;
  deferred: number;
  dropped: Map<string, number>;
}

export function createMetrics(): Metrics {
  const books = new Map<Kind, Book>(
    KINDS.map((kind) => [kind, { received: 0, sent: 0, collapsed: 0, deferred: 0, dropped: new Map(REASONS[kind].map((reason) => [label({ reason }), 0])) }]),
  );
  let unrouted = 0;
  const layouts = new Map<string, number>();
  const requests = new Map<string, number>();
  const answers = new Map<string, number>();

  return {
    received: (kind, count = 1) => void (books.get(kind)!.received += count),
    ended(kind, outcome, count = 1) {
      const book = books.get(kind)!;
      if (outcome.kind === "dropped") add(book.dropped, { reason: outcome.reason }, count);
      else book[outcome.kind] += count;
    },
    unrouted: () => void unrouted++,
    layout: (name) => add(layouts, { layout: name }),
    request: (path, status) => add(requests, { path, status: String(status) }),
    upstream: (destination, answer) => add(answers, { destination, answer }),
    text: ({ inFlightBytes, limitedSeconds }) =>
      [
        ...[...books].flatMap(([kind, book]) => bookText(kind, book)),
        family("sentry_bridge_in_flight_bytes", "gauge", "Request bodies and undelivered exceptions in memory", inFlightBytes),
        family("sentry_bridge_limited_seconds", "gauge", "For how long Sentry's rate limits hold, by category", new Map(limitedSeconds.map(([destination, category, seconds]) => [label({ destination, category }), seconds]))),
        family("sentry_bridge_stacks_total", "counter", "Stack texts by the layout that explained them", layouts),
        family("sentry_bridge_unrouted_total", "counter", "Events of services that SENTRY_BRIDGE_ROUTES_FILE does not name, sent to the default project", unrouted),
        family("sentry_bridge_requests_total", "counter", "Answers to OTLP requests", requests),
        family("sentry_bridge_upstream_answers_total", "counter", "Answers of Sentry", answers),
      ].join(""),
  };
}

function bookText(kind: Kind, { received, sent, collapsed, deferred, dropped }: Book): string[] {
  const ended = sent + collapsed + deferred + [...dropped.values()].reduce((sum, count) => sum + count, 0);
  const name = `sentry_bridge_${kind}`;
  return [
    family(`${name}_received_total`, "counter", `${HELP[kind]}; a retried request counts again`, received),
    family(`${name}_sent_total`, "counter", "Accepted by Sentry", sent),
    family(`${name}_collapsed_total`, "counter", "The same again: another span, a log record, a retried request", collapsed),
    family(`${name}_deferred_total`, "counter", "Handed back to the sender with 503, which brings them again", deferred),
    family(`${name}_dropped_total`, "counter", "Given up for good", dropped),
    family(`${name}_in_flight`, "gauge", "Received and not decided on yet", received - ended),
  ];
}

function add(counts: Map<string, number>, labels: Labels, count = 1): void {
  const key = label(labels);
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function label(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, "_")}"`)
    .join(",");
}

function family(name: string, type: string, help: string, value: number | Map<string, number>): string {
  const lines = typeof value === "number" ? [`${name} ${value}`] : [...value].map(([labels, count]) => `${name}{${labels}} ${count}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.map((line) => `${line}\n`).join("")}`;
}
