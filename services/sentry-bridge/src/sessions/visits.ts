import { createHash } from "node:crypto";
import type { SessionAttributes } from "./aggregates.ts";
import { plausible } from "./plausible.ts";

/** A `session` item: the whole state of a page's session (develop.sentry.dev/sdk/telemetry/sessions, session update). */
export interface SessionUpdate {
  sid: string;
  did?: string;
  init: boolean;
  started: string;
  timestamp: string;
  /** Seconds. */
  duration: number;
  status: "ok" | "exited" | "crashed";
  errors: number;
  attrs: SessionAttributes;
}

/** A sign of life of a page. */
export interface Signal {
  sessionId: string;
  userId: string;
  /** Unix milliseconds. */
  timeMs: number;
  attributes: SessionAttributes;
}

export interface Visits {
  seen: (signal: Signal) => void;
  /** @param crash when nothing caught it: Sentry's status then is `crashed`, and nothing follows it */
  erred: (signal: Signal, errors: number, crash: boolean) => void;
  /** The states that Sentry does not know yet. `settle` says what became of each. */
  take: () => { update: SessionUpdate; settle: (arrived: "yes" | "no" | "perhaps") => void }[];
  size: () => number;
}

export interface VisitsOptions {
  /** When this bridge started, Unix milliseconds. */
  sinceMs: number;
  /** Of visits in memory, about 500 bytes each; the longest silent go first. */
  limit: number;
  now?: () => number;
  /** Called when one begins to wait for being sent, and when one that waits is given up for want of room. */
  received: () => void;
  overflowed: () => void;
}

interface Visit {
  id: string;
  userId: string;
  startedMs: number;
  lastMs: number;
  /** By this machine's clock: the page's may be wrong. */
  heardMs: number;
  attributes: SessionAttributes;
  status: SessionUpdate["status"];
  errors: number;
  /** Sentry may know it. */
  begun: boolean;
  waits: boolean;
}

/** Pages begin a new session after half an hour of silence. */
const IDLE_MS = 31 * 60_000;

/**
 * Sessions of pages. Sentry adds up what says `init`, so each says it once, and nothing after its end: what is not in memory and began
 * before the bridge did, or before the youngest that was forgotten, may have been counted, and is left alone.
 */
export function createVisits({ sinceMs, limit, now = Date.now, received, overflowed }: VisitsOptions): Visits {
  /** In the order of last use. */
  const visits = new Map<string, Visit>();
  let since = sinceMs;

  function find({ sessionId, userId, timeMs, attributes }: Signal): Visit | undefined {
    const id = uuid(sessionId);
    const known = visits.get(id);
    if (known) {
      visits.delete(id);
      visits.set(id, known);
      known.lastMs = Math.max(known.lastMs, Math.min(timeMs, now()));
      known.heardMs = now();
      // Whose session it is cannot change once Sentry knows it.
      if (!known.begun && known.userId === "") known.userId = userId;
      return known;
    }
    const startedMs = Math.round(plausible(timeOfUuid(id), now()) ?? plausible(timeMs, now()) ?? now());
    if (startedMs < since) return undefined;
    const visit: Visit = { id, userId, startedMs, lastMs: Math.max(startedMs, Math.min(timeMs, now())), heardMs: now(), attributes, status: "ok", errors: 0, begun: false, waits: false };
    visits.set(id, visit);
    if (visits.size > limit) forget(visits.values().next().value!);
    wait(visit);
    return visit;
  }

  function wait(visit: Visit): void {
    if (!visit.waits) received();
    visit.waits = true;
  }

  function forget(visit: Visit): void {
    if (visit.waits) overflowed();
    visits.delete(visit.id);
    since = Math.max(since, visit.startedMs + 1);
  }

  /** Those that have gone quiet have ended. */
  function endIdle(): void {
    for (const visit of visits.values()) {
      if (now() - visit.heardMs < IDLE_MS) break;
      if (visit.status === "ok") {
        visit.status = "exited";
        wait(visit);
      } else if (!visit.waits) forget(visit);
    }
  }

  return {
    size: () => visits.size,
    seen: (signal) => void find(signal),
    erred(signal, errors, crash) {
      const visit = find(signal);
      if (!visit || visit.status !== "ok") return;
      // One error makes it an errored one; how many more there were is not worth an update.
      if (visit.errors === 0 || crash) wait(visit);
      visit.errors += errors;
      if (crash) visit.status = "crashed";
    },
    take() {
      endIdle();
      return [...visits.values()].filter(({ waits }) => waits).map((visit) => {
        visit.waits = false;
        const update = updateOf(visit);
        visit.begun = true;
        return {
          update,
          settle(arrived) {
            if (arrived !== "no") return;
            // It is still the first that Sentry hears of it, whenever it goes.
            if (update.init) visit.begun = false;
            visit.waits = true;
          },
        };
      });
    },
  };
}

function updateOf({ id, userId, startedMs, lastMs, attributes, status, errors, begun }: Visit): SessionUpdate {
  return {
    sid: id,
    ...(userId && { did: userId }),
    init: !begun,
    started: new Date(startedMs).toISOString(),
    timestamp: new Date(lastMs).toISOString(),
    duration: (lastMs - startedMs) / 1000,
    status,
    errors,
    attrs: attributes,
  };
}

/** Sentry takes UUIDs, with or without dashes; any other id becomes one. */
function uuid(id: string): string {
  const hex = id.toLowerCase().replaceAll("-", "");
  return /^[0-9a-f]{32}$/.test(hex) ? hex : createHash("sha256").update(id).digest("hex").slice(0, 32);
}

/** Version 7 begins with the time it was made (RFC 9562, 5.7): so every bridge knows when the session began. */
function timeOfUuid(hex: string): number | undefined {
  return /^.{12}7.{3}[89ab]/.test(hex) ? Number.parseInt(hex.slice(0, 12), 16) : undefined;
}
