import type { DropReason, Outcome } from "./exceptions/collapse.ts";

/**
 * The bridge's own counters. At every moment
 * received = sent + collapsed + deferred + dropped (all reasons) + in flight.
 */
export interface Metrics {
  received: () => void;
  ended: (outcome: Outcome) => void;
  layout: (name: string) => void;
  /** An event of a service that no route names. */
  unrouted: () => void;
  request: (path: string, status: number) => void;
  /** @param answer HTTP status of Sentry, or `error` / `timeout` when there was none */
  upstream: (destination: string, answer: string) => void;
  /** Prometheus text format 0.0.4. */
  text: (inFlightBytes: number) => string;
}

type Labels = Record<string, string>;

const REASONS: DropReason[] = ["ratelimit", "ratelimit_backoff", "too_large", "refused"];

export function createMetrics(): Metrics {
  const exceptions = { received: 0, sent: 0, collapsed: 0, deferred: 0 };
  let unrouted = 0;
  const dropped = new Map<string, number>(REASONS.map((reason) => [label({ reason }), 0]));
  const layouts = new Map<string, number>();
  const requests = new Map<string, number>();
  const answers = new Map<string, number>();

  function inFlight(): number {
    const ended = exceptions.sent + exceptions.collapsed + exceptions.deferred + [...dropped.values()].reduce((sum, count) => sum + count, 0);
    return exceptions.received - ended;
  }

  return {
    received: () => void exceptions.received++,
    ended(outcome) {
      if (outcome.kind === "dropped") add(dropped, { reason: outcome.reason });
      else exceptions[outcome.kind]++;
    },
    unrouted: () => void unrouted++,
    layout: (name) => add(layouts, { layout: name }),
    request: (path, status) => add(requests, { path, status: String(status) }),
    upstream: (destination, answer) => add(answers, { destination, answer }),
    text: (inFlightBytes) =>
      [
        family("sentry_bridge_exceptions_received_total", "counter", "Exceptions found in requests; a retried request counts again", exceptions.received),
        family("sentry_bridge_exceptions_sent_total", "counter", "Events that Sentry accepted", exceptions.sent),
        family("sentry_bridge_exceptions_collapsed_total", "counter", "The same exception seen again: another span, a log record, a retried request", exceptions.collapsed),
        family("sentry_bridge_exceptions_deferred_total", "counter", "Handed back to the sender with 503, which brings them again", exceptions.deferred),
        family("sentry_bridge_exceptions_dropped_total", "counter", "Given up for good", dropped),
        family("sentry_bridge_exceptions_in_flight", "gauge", "Received and not decided on yet", inFlight()),
        family("sentry_bridge_in_flight_bytes", "gauge", "Request bodies and undelivered exceptions in memory", inFlightBytes),
        family("sentry_bridge_stacks_total", "counter", "Stack texts by the layout that explained them", layouts),
        family("sentry_bridge_unrouted_total", "counter", "Events of services that SENTRY_BRIDGE_ROUTES_FILE does not name, sent to the default project", unrouted),
        family("sentry_bridge_requests_total", "counter", "Answers to OTLP requests", requests),
        family("sentry_bridge_upstream_answers_total", "counter", "Answers of Sentry", answers),
      ].join(""),
  };
}

function add(counts: Map<string, number>, labels: Labels): void {
  const key = label(labels);
  counts.set(key, (counts.get(key) ?? 0) + 1);
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
