/** Longest and shortest wait before a part is started again, in ms. */
const shortest_ms = 500;
const longest_ms = 30_000;

/** Wait before the n-th restart in a row (first: 0), doubling from 0.5 s up to 30 s. */
export function backoff_ms(restartsInARow: number): number {
  return Math.min(longest_ms, shortest_ms * 2 ** Math.min(restartsInARow, 16));
}

/** A run this long ends a series of crashes: the next restart is quick again. */
export const steadyAfter_ms = 60_000;

/** A run shorter than this is a crash at start, e.g. for a bad setting or a damaged file. */
export const quickCrash_ms = 10_000;
