import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Dsn } from "../dsn.ts";
import { SDK } from "../event/event.ts";
import type { Outcome } from "../exceptions/collapse.ts";
import type { Metrics } from "../metrics.ts";
import { buildEnvelope, type EnvelopeItem } from "./envelope.ts";
import { createLimits } from "./limits.ts";
import { createPoster, NoAnswerError } from "./post.ts";
import { createReports } from "./reports.ts";
import { createSlots } from "./slots.ts";

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
/** So often an event is tried before it is handed back, and the time between: a single bad answer should cost no one a round trip. */
const ATTEMPTS = 3;
const ATTEMPT_DELAY_MS = 100;
/** After so many failures without a success in between nothing is tried for a while: a dead Sentry is not hammered, and holds up no answer. */
const FAILURES_BEFORE_PAUSE = 5;
const PAUSE_MS = { first: 1_000, most: 30_000 };
/** Events are small and mostly text: the fast level is nearly as good, and doing it in place is cheaper than a trip to the thread pool. */
const GZIP = { level: 3 };
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
  let failures = 0;
  let pause: { state: "unreachable" | "refused"; until: number; ms: number } | undefined;
  const loggedAt = new Map<string, number>();

  function fail(state: "unreachable" | "refused", line: string): Outcome {
    failures++;
    tell(state, line);
    const now = performance.now();
    // Envelopes that were under way when a pause began fail with it: that is one failure, not eight.
    const paused = pause !== undefined && now < pause.until;
    if (!paused && (state === "refused" || failures >= FAILURES_BEFORE_PAUSE)) {
      const ms = Math.min(pause ? pause.ms * 2 : PAUSE_MS.first, PAUSE_MS.most);
      pause = { state, until: now + ms, ms };
    }
    return DEFERRED;
  }

  function succeed(): Outcome {
    if (pause) tell("again", `Sentry (${dsn.label}) accepts exceptions again.`);
    failures = 0;
    pause = undefined;
    return { kind: "sent" };
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
    return pause && performance.now() < pause.until ? DEFERRED : undefined;
  }

  async function post(envelopeHeaders: Record<string, unknown>, items: EnvelopeItem[]): Promise<{ status: number }> {
    const body = gzipSync(buildEnvelope({ ...envelopeHeaders, sdk: SDK, sent_at: new Date().toISOString() }, items), GZIP);
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
      outcome = fail("unreachable", `Sentry (${dsn.label}) does not answer: ${(error as Error).message}. Exceptions stay with the sender and are tried again.`);
    }
    if (outcome.kind !== "sent") report?.putBack();
    return outcome;
  }

  /** One attempt, when a connection is free. */
  async function inTurn(eventId: string, event: Buffer, deadline: Deadline): Promise<Outcome> {
    if (!(await slots.take(deadline()))) return DEFERRED;
    try {
      // Things may have changed while this event waited for its turn.
      if (performance.now() >= deadline()) return DEFERRED;
      return obstacle() ?? (await attempt(eventId, event));
    } finally {
      slots.free();
    }
  }

  /** From Sentry's status to an outcome; the table is in the README. */
  function decide(status: number): Outcome {
    if (status >= 200 && status < 300) return succeed();
    if (status === 429) {
      tell("limited", `Sentry (${dsn.label}) limits the rate for ${Math.ceil(limits.secondsLeft("error"))} s: exceptions are discarded until then, as its rules ask.`);
      return { kind: "dropped", reason: "ratelimit" };
    }
    if (status === 413) {
      reports.discarded("send_error");
      return { kind: "dropped", reason: "too_large" };
    }
    if (status === 401 || status === 403 || status === 404 || (status >= 300 && status < 400)) {
      return fail("refused", `ERROR: Sentry (${dsn.label}) refuses the DSN with ${status}. Nothing is lost while the sender's queue holds: correct SENTRY_DSN, VITE_SENTRY_DSN or the file of routes, or the project, and restart.`);
    }
    if (status === 500) {
      // Perhaps this one event's fault: it is tried again, and does not keep the others from going.
      tell("500", `Sentry (${dsn.label}) answered 500 to an event. It stays with the sender and is tried again.`);
      return DEFERRED;
    }
    if (status >= 500 || status === 408 || status === 425 || status < 200) {
      return fail("unreachable", `Sentry (${dsn.label}) answered ${status}. Exceptions stay with the sender and are tried again.`);
    }
    reports.discarded("send_error");
    tell("dropped", `Sentry (${dsn.label}) refused an event with ${status}; it is dropped.`);
    return { kind: "dropped", reason: "refused" };
  }

  return {
    async send(eventId, event, deadline) {
      let outcome: Outcome | undefined = obstacle();
      for (let n = 1; !outcome || (outcome.kind === "deferred" && n <= ATTEMPTS && !obstacle()); n++) {
        if (n > 1) await sleep(ATTEMPT_DELAY_MS * (n - 1));
        outcome = await inTurn(eventId, event, deadline);
      }
      if (outcome.kind === "dropped" && outcome.reason === "ratelimit_backoff") reports.discarded("ratelimit_backoff");
      return outcome;
    },
    state() {
      if (limits.secondsLeft("error") > 0) return "limited";
      return pause?.state ?? "ok";
    },
    retryAfterSeconds: () => Math.max(1, Math.ceil(((pause?.until ?? 0) - performance.now()) / 1000)),
    async close() {
      const report = obstacle() ? undefined : reports.take();
      if (report) await post({}, [report.item]).catch(() => undefined);
      poster.close();
    },
    abort: () => poster.close(),
  };
}
