import { createHash } from "node:crypto";
import type { CountPoint } from "../otlp/metrics.ts";
import type { Attributes } from "../otlp/model.ts";

/** How much each count has grown since it was last seen, so that a repeated or overtaken point counts nothing. */
export interface Counts {
  growth: (point: CountPoint) => number;
  size: () => number;
}

interface Series {
  start: bigint;
  time: bigint;
  count: number;
  resource: string;
}

const NEVER = 2n ** 64n;

/**
 * A cumulative count that was already running when it is first seen counts from there on: an earlier bridge has counted what was before.
 * It counts in full when it started after this bridge, or was not there yet when its process was first heard of.
 * @param limit of series in memory, about 300 bytes each; the longest silent go first
 * @param sinceNano when this bridge started, Unix nanoseconds
 */
export function createCounts(sinceNano: bigint, limit = 50_000): Counts {
  const series = new Map<string, Series>();
  /** By process: the time from which on a series that is not in memory is a new one. */
  const known = new Map<string, bigint>();
  const digests = new WeakMap<Attributes, string>();

  function digest(attributes: Attributes): string {
    const made = digests.get(attributes) ?? createHash("sha256").update(JSON.stringify([...attributes].sort())).digest("base64").slice(0, 22);
    digests.set(attributes, made);
    return made;
  }

  function remember(key: string, entry: Series): void {
    series.delete(key);
    series.set(key, entry);
    if (series.size <= limit) return;
    const [oldest, { resource }] = series.entries().next().value!;
    series.delete(oldest);
    // From now on, what is not in memory of this process may have been forgotten.
    known.set(resource, NEVER);
  }

  function firstHeard(process: string, time: bigint): bigint {
    const heard = known.get(process) ?? time;
    known.set(process, heard);
    if (known.size > limit) known.delete(known.keys().next().value!);
    return heard;
  }

  return {
    size: () => series.size,
    growth({ resource, attributes, startTimeUnixNano: start, timeUnixNano: time, count, cumulative }) {
      const process = digest(resource);
      const key = process + digest(attributes);
      const before = series.get(key);
      if (before && (time <= before.time || start < before.start)) return 0;
      const heard = firstHeard(process, time);
      remember(key, { start, time, count, resource: process });
      if (!cumulative) return count;
      if (before) return start === before.start ? Math.max(0, count - before.count) : count;
      return start >= sinceNano || time > heard ? count : 0;
    },
  };
}
