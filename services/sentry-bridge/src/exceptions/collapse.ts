/** How an exception ended. `deferred`: nothing was decided, the sender must bring it again. */
export type Outcome = { kind: "sent" | "collapsed" | "deferred" } | { kind: "dropped"; reason: DropReason };
export type DropReason = "ratelimit" | "ratelimit_backoff" | "too_large" | "refused";

interface Entry {
  timeUnixNano: bigint;
  /** `performance.now()` of the last time it was seen; entries are in the order of this. */
  seenAt: number;
  outcome: Promise<Outcome>;
}

export interface Collapse {
  /**
   * Runs `deliver` unless the same exception is on its way or was decided on within the window: then the outcome is `collapsed`,
   * or `deferred` when the delivery it waited for was.
   */
  once: (key: string, timeUnixNano: bigint, deliver: () => Promise<Outcome>) => Promise<Outcome>;
  size: () => number;
}

const WINDOW_MS = 60_000;
const WINDOW_NANOS = 60_000_000_000n;

/**
 * Remembers what was decided on in the last 60 s, by key, at most `limit` entries (about 300 bytes each; the oldest go first). A retried
 * request finds its delivered exceptions here; after a restart the derived event ids do that job.
 */
export function createCollapse(limit = 20_000, now: () => number = () => performance.now()): Collapse {
  const entries = new Map<string, Entry>();

  function remember(key: string, entry: Entry): void {
    entries.delete(key);
    entries.set(key, entry);
    for (const [oldest, { seenAt }] of entries) {
      if (entries.size <= limit && entry.seenAt - seenAt <= WINDOW_MS) break;
      entries.delete(oldest);
    }
  }

  function find(key: string, timeUnixNano: bigint): Entry | undefined {
    const entry = entries.get(key);
    if (!entry || now() - entry.seenAt > WINDOW_MS) return undefined;
    const apart = entry.timeUnixNano - timeUnixNano;
    return apart > WINDOW_NANOS || apart < -WINDOW_NANOS ? undefined : entry;
  }

  return {
    size: () => entries.size,
    async once(key, timeUnixNano, deliver) {
      const known = find(key, timeUnixNano);
      if (known) {
        remember(key, { ...known, seenAt: now() });
        const outcome = await known.outcome;
        return outcome.kind === "deferred" ? outcome : { kind: "collapsed" };
      }
      const entry: Entry = { timeUnixNano, seenAt: now(), outcome: deliver() };
      remember(key, entry);
      let outcome: Outcome = { kind: "deferred" };
      try {
        outcome = await entry.outcome;
      } finally {
        if (outcome.kind === "deferred" && entries.get(key)?.outcome === entry.outcome) entries.delete(key);
      }
      return outcome;
    },
  };
}
