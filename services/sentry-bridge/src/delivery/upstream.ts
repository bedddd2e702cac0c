import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Dsn } from "../dsn.ts";
import { SDK } from "../event/event.ts";
import type { Outcome } from "../exceptions/collapse.ts";
import type { Metrics } from "../metrics.ts";
import { buildEnvelope, type EnvelopeItem } from "./envelope.ts";
import { CATEGORIES, type Category, createLimits } from "./limits.ts";
import { createOutage } from "./outage.ts";
import type { Parcel } from "./parcel.ts";
import { createPoster, NoAnswerError } from "./post.ts";
import { createReports, type Reports } from "./reports.ts";
import { createSlots, type Slots } from "./slots.ts";

export type UpstreamState = "ok" | "unreachable" | "refused" | "limited";

/** One DSN: sends what is for it and knows how it is doing. */
export interface Upstream {
  /** @param deadline `performance.now()` after which waiting for a free connection ends */
  send: (parcel: Parcel, deadline: Deadline) => Promise<Outcome>;
  /** Counts what was discarded before it became a parcel. */
  discarded: Reports["discarded"];
  /** How its exceptions fare. */
  state: () => UpstreamState;
  /** Seconds until it makes sense to try again. */
  retryAfterSeconds: () => number;
  /** Seconds of the limits that Sentry has put on each category; those without one are absent. */
  limitedSeconds: () => [Category, number][];
  /** Tells Sentry what was discarded, if anything was and nothing has told it yet. */
  report: () => Promise<void>;
  /** Reports, and closes the connections. */
  close: () => Promise<void>;
  /** Ends what is under way; it is handed back to its senders. */
  abort: () => void;
}

/** When to stop waiting, as `performance.now()`; a function since a shutdown brings it forward. */
export type Deadline = () => number;

export interface UpstreamOptions {
  concurrency: number;
  sendTimeoutMs: number;
  /** Limits up to so many seconds are waited for by the senders, in place of discarding what they hit. */
  holdSeconds: number;
  metrics: Metrics;
  log: (line: string) => void;
}

const DEFERRED: Outcome = { kind: "deferred" };
/** So often a parcel is tried before it is handed back, and the time between: a single bad answer should cost no one a round trip. */
const ATTEMPTS = 3;
const ATTEMPT_DELAY_MS = 100;
/**
 * Events are small and mostly text: the fast level is nearly as good, and doing it in place is cheaper than a trip to the thread pool.
 * Most of that cost is setting up, so the window is no larger than an event.
 */
const GZIP = { level: 3, memLevel: 6, windowBits: 14, chunkSize: 4096 };
const LOG_EVERY_MS = 60_000;
const STAYS = "What cannot be sent stays with its sender and is tried again.";

export function createUpstream(dsn: Dsn, { concurrency, sendTimeoutMs, holdSeconds, metrics, log }: UpstreamOptions): Upstream {
  const poster = createPoster(dsn.endpoint, sendTimeoutMs);
  // Of each category: spans are many, and exceptions must not wait behind them.
  const slots = new Map<Category, Slots>(CATEGORIES.map((category) => [category, createSlots(concurrency)]));
  const limits = createLimits();
  const reports = createReports();
  const outage = createOutage();
  const headers = {
    "content-type": "application/x-sentry-envelope",
    "content-encoding": "gzip",
    "user-agent": `${SDK.name}/${SDK.version}`,
    "x-sentry-auth": `Sentry sentry_version=7, sentry_client=${SDK.name}/${SDK.version}, sentry_key=${dsn.publicKey}`,
  };
  const loggedAt = new Map<string, number>();

  /** One line a minute and subject: an outage of hours must not fill a disk. */
  function tell(subject: string, line: string): void {
    const now = performance.now();
    if (now - (loggedAt.get(subject) ?? -Infinity) < LOG_EVERY_MS) return;
    loggedAt.set(subject, now);
    log(line);
  }

  /** What a limit means for what it hits: short ones can be waited for. */
  function limited(category: Category): Outcome | undefined {
    const seconds = limits.secondsLeft(category);
    if (seconds === 0) return undefined;
    return seconds <= holdSeconds ? DEFERRED : { kind: "dropped", reason: "ratelimit_backoff" };
  }

  /** What keeps a parcel from being sent right now, if anything. Without effects. */
  function obstacle(category: Category): Outcome | undefined {
    return limited(category) ?? (outage.pausedBy() ? DEFERRED : undefined);
  }

  async function post(envelopeHeaders: Record<string, unknown>, items: readonly EnvelopeItem[], once = false): Promise<{ status: number }> {
    const body = gzipSync(buildEnvelope({ ...envelopeHeaders, sdk: SDK, sent_at: new Date().toISOString() }, items), GZIP);
    try {
      const answer = await poster.post(headers, body, once);
      metrics.upstream(dsn.label, String(answer.status));
      limits.learn(answer.status, answer.headers);
      return answer;
    } catch (error) {
      metrics.upstream(dsn.label, error instanceof NoAnswerError ? error.kind : "error");
      throw error;
    }
  }

  async function attempt(parcel: Parcel): Promise<Outcome> {
    const report = reports.take();
    let outcome: Outcome = DEFERRED;
    try {
      outcome = decide((await post(parcel.headers, [...parcel.items, ...(report ? [report.item] : [])], parcel.atMostOnce)).status, parcel);
    } catch (error) {
      outage.failed("unreachable");
      tell("unreachable", `Sentry (${dsn.label}) does not answer: ${(error as Error).message}. ${STAYS}`);
      if (parcel.atMostOnce && !(error as NoAnswerError).neverSent) outcome = unconfirmed(parcel);
    }
    if (outcome.kind !== "sent") report?.putBack();
    return outcome;
  }

  /** It may have arrived, and would be counted twice. */
  function unconfirmed({ contains }: Parcel): Outcome {
    reports.discarded("network_error", contains);
    return { kind: "dropped", reason: "unconfirmed" };
  }

  /** One attempt, when a connection is free. */
  async function inTurn(parcel: Parcel, deadline: Deadline): Promise<Outcome> {
    const places = slots.get(parcel.category)!;
    if (!(await places.take(deadline()))) return DEFERRED;
    try {
      // Things may have changed while this parcel waited for its turn.
      if (performance.now() >= deadline()) return DEFERRED;
      return obstacle(parcel.category) ?? (await attempt(parcel));
    } finally {
      places.free();
    }
  }

  /** From Sentry's status to an outcome; the table is in the README. */
  function decide(status: number, parcel: Parcel): Outcome {
    if (status >= 200 && status < 300) {
      if (outage.succeeded()) tell("again", `Sentry (${dsn.label}) accepts exceptions again.`);
      return { kind: "sent" };
    }
    if (status === 429) {
      const outcome = limited(parcel.category);
      const then = outcome?.kind === "deferred" ? "its senders wait for it" : "what it concerns is discarded until then, as its rules ask";
      // A 429 whose headers limit other categories limits no more of this one.
      const how = outcome ? `limits the rate (${parcel.category}) for ${Math.ceil(limits.secondsLeft(parcel.category))} s: ${then}` : `answered 429 to an envelope (${parcel.category}) and discards it`;
      tell(`limited ${parcel.category}`, `Sentry (${dsn.label}) ${how}.`);
      return outcome?.kind === "deferred" ? DEFERRED : { kind: "dropped", reason: "ratelimit" };
    }
    if (status === 413) {
      reports.discarded("send_error", parcel.contains);
      tell("too large", `Sentry (${dsn.label}) refused an envelope (${parcel.category}) as too large; it is dropped.`);
      return { kind: "dropped", reason: "too_large" };
    }
    if (status === 401 || status === 403 || status === 404 || (status >= 300 && status < 400)) {
      outage.failed("refused");
      tell(
        "refused",
        `ERROR: Sentry (${dsn.label}) refuses the DSN with ${status}. Nothing is lost while the sender's queue holds: correct SENTRY_DSN, VITE_SENTRY_DSN or the file of routes, or the project, and restart.`,
      );
      return DEFERRED;
    }
    if (status >= 500 || status === 408 || status === 425 || status < 200) {
      // A 500 is perhaps this one event's fault: it is tried again, and does not keep the others from going.
      if (status !== 500) outage.failed("unreachable");
      tell(status === 500 ? "500" : "unreachable", `Sentry (${dsn.label}) answered ${status}. ${STAYS}`);
      // 503 says that it was not taken; the others can come from something between that heard no answer either.
      return parcel.atMostOnce && status !== 503 ? unconfirmed(parcel) : DEFERRED;
    }
    reports.discarded("send_error", parcel.contains);
    tell("dropped", `Sentry (${dsn.label}) refused an envelope (${parcel.category}) with ${status}; it is dropped.`);
    return { kind: "dropped", reason: "refused" };
  }

  async function report(): Promise<void> {
    const taken = obstacle("internal") ? undefined : reports.take();
    if (!taken) return;
    const arrived = await post({}, [taken.item]).then(({ status }) => status < 300, () => false);
    if (!arrived) taken.putBack();
  }

  return {
    async send(parcel, deadline) {
      const attempts = parcel.atMostOnce ? 1 : ATTEMPTS;
      let outcome: Outcome | undefined = obstacle(parcel.category);
      for (let n = 1; !outcome || (outcome.kind === "deferred" && n <= attempts && !obstacle(parcel.category)); n++) {
        if (n > 1) await sleep(ATTEMPT_DELAY_MS * (n - 1));
        outcome = await inTurn(parcel, deadline);
      }
      if (outcome.kind === "dropped" && outcome.reason === "ratelimit_backoff") reports.discarded("ratelimit_backoff", parcel.contains);
      return outcome;
    },
    discarded: (reason, what) => reports.discarded(reason, what),
    state() {
      if (limits.secondsLeft("error") > 0) return "limited";
      return outage.state() ?? "ok";
    },
    retryAfterSeconds() {
      const held = CATEGORIES.map((category) => limits.secondsLeft(category)).filter((seconds) => seconds <= holdSeconds);
      return Math.ceil(Math.max(1, outage.secondsLeft(), ...held));
    },
    limitedSeconds: () => CATEGORIES.map((category): [Category, number] => [category, Math.ceil(limits.secondsLeft(category))]).filter(([, seconds]) => seconds > 0),
    report,
    async close() {
      await report();
      poster.close();
    },
    abort: () => poster.close(),
  };
}
