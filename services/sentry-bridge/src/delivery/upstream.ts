import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Dsn } from "../dsn.ts";
import { SDK } from "../event/event.ts";
import type { Outcome } from "../exceptions/collapse.ts";
import type { Metrics } from "../metrics.ts";
import { buildEnvelope, type EnvelopeItem } from "./envelope.ts";
import { createLimits } from "./limits.ts";
import { createPoster, NoAnswerError } from "./post.ts";
import { createReports } from "./reports.ts";
import { createSlots } from "./slots.ts";

const zip = promisify(gzip);

export type UpstreamState = "ok" | "unreachable" | "refused" | "limited";

/** One DSN: sends its events and knows how it is doing. */
export interface Upstream {
  /** @param deadline `performance.now()` after which waiting for a free connection ends */
  send: (eventId: string, event: Buffer, deadline: Deadline) => Promise<Outcome>;
  state: () => UpstreamState;
  /** Seconds until it makes sense to try again. */
  retryAfterSeconds: () => number;
  /** Sends what is left to report and closes the connections. */
  close: () => Promise<void>;
  /** Ends what is under way; its exceptions are handed back to their senders. */
  abort: () => void;
}

/** When to stop waiting, as `performance.now()`; a function since a shutdown brings it forward. */
export type Deadline = () => number;

export interface UpstreamOptions {
  concurrency: number;
  sendTimeoutMs: number;
  metrics: Metrics;
  log: (line: string) => void;
}

const DEFERRED: Outcome = { kind: "deferred" };
/** After a failure nothing is tried for so long: first, and at most. A dead Sentry must not be hammered, nor hold up answers. */
const PAUSE_MS = { first: 1_000, most: 30_000 };
const LOG_EVERY_MS = 60_000;

export function createUpstream(dsn: Dsn, { concurrency, sendTimeoutMs, metrics, log }: UpstreamOptions): Upstream {
  const poster = createPoster(dsn.endpoint, concurrency, sendTimeoutMs);
  const slots = createSlots(concurrency);
  const limits = createLimits();
  const reports = createReports();
  const headers = {
    "content-type": "application/x-sentry-envelope",
    "content-encoding": "gzip",
    "user-agent": `${SDK.name}/${SDK.version}`,
    "x-sentry-auth": `Sentry sentry_version=7, sentry_client=${SDK.name}/${SDK.version}, sentry_key=${dsn.publicKey}`,
  };
  let failure: { state: "unreachable" | "refused"; until: number; pauseMs: number } | undefined;
  const loggedAt = new Map<string, number>();

  function pause(state: "unreachable" | "refused", line: string): Outcome {
    const now = performance.now();
    // Envelopes that were already under way fail together: that is one failure, not eight.
    if (!failure || now >= failure.until) {
      const pauseMs = Math.min(failure ? failure.pauseMs * 2 : PAUSE_MS.first, PAUSE_MS.most);
      failure = { state, until: now + pauseMs, pauseMs };
    }
    tell(state, line);
    return DEFERRED;
  }

  /** One line a minute and subject: an outage of hours must not fill a disk. */
  function tell(subject: string, line: string): void {
    const now = performance.now();
    if (now - (loggedAt.get(subject) ?? -Infinity) < LOG_EVERY_MS) return;
    loggedAt.set(subject, now);
    log(line);
  }

  /** What keeps an event from being sent right now, if anything. Without effects. */
  function obstacle(): Outcome | undefined {
    if (limits.secondsLeft("error") > 0) return { kind: "dropped", reason: "ratelimit_backoff" };
    return failure && performance.now() < failure.until ? DEFERRED : undefined;
  }

  async function post(envelopeHeaders: Record<string, unknown>, items: EnvelopeItem[]): Promise<{ status: number }> {
    const body = await zip(buildEnvelope({ ...envelopeHeaders, sdk: SDK, sent_at: new Date().toISOString() }, items));
    try {
      const answer = await poster.post(headers, body);
      metrics.upstream(dsn.label, String(answer.status));
      limits.learn(answer.status, answer.headers);
      return answer;
    } catch (error) {
      metrics.upstream(dsn.label, error instanceof NoAnswerError ? error.kind : "error");
      throw error;
    }
  }

  async function attempt(eventId: string, event: Buffer): Promise<Outcome> {
    const report = reports.take();
    const items: EnvelopeItem[] = [{ type: "event", payload: event }, ...(report ? [report.item] : [])];
    let outcome: Outcome = DEFERRED;
    try {
      outcome = decide((await post({ event_id: eventId }, items)).status);
    } catch (error) {
      outcome = pause("unreachable", `Sentry (${dsn.label}) does not answer: ${(error as Error).message}. Exceptions stay with the sender and are tried again.`);
    }
    if (outcome.kind !== "sent") report?.putBack();
    return outcome;
  }

  /** From Sentry's status to an outcome; the table is in the README. */
  function decide(status: number): Outcome {
    if (status >= 200 && status < 300) {
      if (failure) log(`Sentry (${dsn.label}) accepts exceptions again.`);
      failure = undefined;
      loggedAt.clear();
      return { kind: "sent" };
    }
    if (status === 429) {
      tell("limited", `Sentry (${dsn.label}) limits the rate for ${Math.ceil(limits.secondsLeft("error"))} s: exceptions are discarded until then, as its rules ask.`);
      return { kind: "dropped", reason: "ratelimit" };
    }
    if (status === 413) {
      reports.discarded("send_error");
      return { kind: "dropped", reason: "too_large" };
    }
    if (status === 401 || status === 403 || status === 404 || (status >= 300 && status < 400)) {
      return pause("refused", `ERROR: Sentry (${dsn.label}) refuses the DSN with ${status}. Nothing is lost while the sender's queue holds: correct SENTRY_DSN or VITE_SENTRY_DSN, or the project, and restart.`);
    }
    if (status === 500) {
      // Perhaps this one event's fault: it is tried again, and does not keep the others from going.
      tell("500", `Sentry (${dsn.label}) answered 500 to an event. It stays with the sender and is tried again.`);
      return DEFERRED;
    }
    if (status >= 500 || status === 408 || status === 425 || status < 200) {
      return pause("unreachable", `Sentry (${dsn.label}) answered ${status}. Exceptions stay with the sender and are tried again.`);
    }
    reports.discarded("send_error");
    tell("dropped", `Sentry (${dsn.label}) refused an event with ${status}; it is dropped.`);
    return { kind: "dropped", reason: "refused" };
  }

  return {
    async send(eventId, event, deadline) {
      let blocked = obstacle();
      if (!blocked) {
        if (!(await slots.take(deadline()))) return DEFERRED;
        try {
          // Things may have changed while this event waited for its turn.
          blocked = performance.now() >= deadline() ? DEFERRED : obstacle();
          if (!blocked) return await attempt(eventId, event);
        } finally {
          slots.free();
        }
      }
      if (blocked.kind === "dropped") reports.discarded("ratelimit_backoff");
      return blocked;
    },
    state() {
      if (limits.secondsLeft("error") > 0) return "limited";
      return failure?.state ?? "ok";
    },
    retryAfterSeconds: () => Math.max(1, Math.ceil(((failure?.until ?? 0) - performance.now()) / 1000)),
    async close() {
      const report = obstacle() ? undefined : reports.take();
      if (report) await post({}, [report.item]).catch(() => undefined);
      poster.close();
    },
    abort: () => poster.close(),
  };
}
