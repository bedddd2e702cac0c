/** How an exception ended. `deferred`: nothing was decided, the sender must bring it again. */
export type Outcome = { kind: "sent" | "collapsed" | "deferred" } | { kind: "dropped"; reason: DropReason };
export type DropReason = "ratelimit" | "ratelimit_backoff" | "too_large" | "refused" | "unconfirmed" | "overflow" | "no_release";

/** One record of an exception: what it is, what it names as its causes, and where and when it was recorded. */
export interface Sighting {
  key: string;
  /** Keys that its causes have when they are recorded by themselves. */
  causes: readonly string[];
  recorded: { source: string; spanId: string; timeUnixNano: bigint };
}

interface Entry {
  timeUnixNano: bigint;
  /** `performance.now()` of the last time it was seen; entries are in the order of this. */
  seenAt: number;
  outcome: Promise<Outcome>;
  /** When each span or log record of a span told of it; absent while none did. The same one at another time tells of a repeat. */
  times?: Map<string, bigint>;
}

export interface Collapse {
  /**
   * Runs `deliver` unless the same exception is on its way or was decided on within the window: then the outcome is `collapsed`,
   * or `deferred` when the delivery it waited for was. Its causes are decided on with it.
   * @param deliver gets 0, or n for the n-th repeat on the same span
   */
  once: (sighting: Sighting, deliver: (repeat: number) => Promise<Outcome>) => Promise<Outcome>;
  size: () => number;
}

const WINDOW_MS = 60_000;
const WINDOW_NANOS = 60_000_000_000n;
/** More repeats of one exception in one trace say nothing new: the further ones collapse. */
const MAX_REPEATS = 500;

/**
 * Remembers what was decided on in the last 60 s, by key, at most `limit` entries (about 400 bytes each; the oldest go first). A retried
 * request finds its delivered exceptions here; after a restart the derived event ids do that job.
 */
export function createCollapse(limit = 20_000, now: () => number = () => performance.now()): Collapse {
  const entries = new Map<string, Entry>();

  function remember(id: string, entry: Entry): void {
    entries.delete(id);
    entries.set(id, entry);
    for (const [oldest, { seenAt }] of entries) {
      if (entries.size <= limit && entry.seenAt - seenAt <= WINDOW_MS) break;
      entries.delete(oldest);
    }
  }

  function find(id: string, timeUnixNano: bigint): Entry | undefined {
    const entry = entries.get(id);
    if (!entry || now() - entry.seenAt > WINDOW_MS) return undefined;
    const apart = entry.timeUnixNano - timeUnixNano;
    return apart > WINDOW_NANOS || apart < -WINDOW_NANOS ? undefined : entry;
  }

  /** The entry that this sighting belongs to, or the number of the repeat that it begins. */
  function place(key: string, at: string, timeUnixNano: bigint): { id: string; known: Entry } | { id: string; repeat: number } {
    for (let repeat = 0; ; repeat++) {
      const id = `${key}/${repeat}`;
      const known = find(id, timeUnixNano);
      if (!known) return { id, repeat };
      if (repeat === MAX_REPEATS || (known.times?.get(at) ?? timeUnixNano) === timeUnixNano) return { id, known };
    }
  }

  return {
    size: () => entries.size,
    async once({ key, causes, recorded: { source, spanId, timeUnixNano } }, deliver) {
      const at = `${source} ${spanId}`;
      const found = place(key, at, timeUnixNano);
      if ("known" in found) {
        const { known } = found;
        (known.times ??= new Map()).set(at, timeUnixNano);
        known.seenAt = now();
        remember(found.id, known);
        const outcome = await known.outcome;
        return outcome.kind === "deferred" ? outcome : { kind: "collapsed" };
      }
      const entry: Entry = { timeUnixNano, seenAt: now(), outcome: deliver(found.repeat) };
      const unseen = causes.map((cause) => `${cause}/0`).filter((id) => find(id, timeUnixNano) === undefined);
      for (const id of unseen) remember(id, { ...entry });
      remember(found.id, { ...entry, times: new Map([[at, timeUnixNano]]) });
      let outcome: Outcome = { kind: "deferred" };
      try {
        outcome = await entry.outcome;
      } finally {
        if (outcome.kind === "deferred") for (const id of [...unseen, found.id]) if (entries.get(id)?.outcome === entry.outcome) entries.delete(id);
      }
      return outcome;
    },
  };
}
