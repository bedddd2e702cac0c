import type { RequestStatus } from "./requests.ts";

export interface SessionAttributes {
  release: string;
  environment?: string;
}

type Bucket = Record<RequestStatus, number>;

/** A `sessions` item, as it goes to Sentry (develop.sentry.dev/sdk/telemetry/sessions, aggregates). */
export interface SessionAggregates {
  aggregates: ({ started: string } & Partial<Bucket>)[];
  attrs: SessionAttributes;
}

/** Requests that wait to be sent, added up by release, environment and minute. */
export interface Aggregates {
  /** `false`: there is no room for a further minute. */
  add: (attributes: SessionAttributes, timeMs: number, status: RequestStatus, count: number) => boolean;
  /** Takes everything out, in items of at most 100 minutes. */
  take: () => SessionAggregates[];
  /** Puts back what could not be sent; gives what had no room. */
  putBack: (items: SessionAggregates[]) => number;
}

const MINUTE_MS = 60_000;
const BUCKETS_PER_ITEM = 100;

/** @param limit of minutes of releases in memory, about 400 bytes each */
export function createAggregates(limit: number): Aggregates {
  const releases = new Map<string, { attrs: SessionAttributes; minutes: Map<string, Bucket> }>();
  let buckets = 0;

  function bucketOf(attrs: SessionAttributes, started: string): Bucket | undefined {
    const key = `${attrs.release}\n${attrs.environment ?? ""}`;
    const { minutes } = releases.get(key) ?? releases.set(key, { attrs, minutes: new Map() }).get(key)!;
    const known = minutes.get(started);
    if (known || buckets >= limit) return known;
    const bucket: Bucket = { exited: 0, errored: 0, crashed: 0 };
    minutes.set(started, bucket);
    buckets++;
    return bucket;
  }

  return {
    add(attributes, timeMs, status, count) {
      const bucket = bucketOf(attributes, new Date(Math.floor(timeMs / MINUTE_MS) * MINUTE_MS).toISOString());
      if (bucket) bucket[status] += count;
      return bucket !== undefined;
    },
    take() {
      const items = [...releases.values()].flatMap(({ attrs, minutes }) => {
        const all = [...minutes].map(([started, bucket]) => ({ started, ...nonZero(bucket) }));
        return chunks(all, BUCKETS_PER_ITEM).map((aggregates) => ({ aggregates, attrs }));
      });
      releases.clear();
      buckets = 0;
      return items;
    },
    putBack(items) {
      let lost = 0;
      for (const { aggregates, attrs } of items) {
        for (const { started, ...counts } of aggregates) {
          const bucket = bucketOf(attrs, started);
          for (const [status, count] of Object.entries(counts)) {
            if (bucket) bucket[status as RequestStatus] += count;
            else lost += count;
          }
        }
      }
      return lost;
    },
  };
}

export function quantityOf({ aggregates }: SessionAggregates): number {
  return aggregates.reduce((sum, { exited = 0, errored = 0, crashed = 0 }) => sum + exited + errored + crashed, 0);
}

/** At most `size` in each. */
export function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function nonZero(bucket: Bucket): Partial<Bucket> {
  return Object.fromEntries(Object.entries(bucket).filter(([, count]) => count > 0));
}
