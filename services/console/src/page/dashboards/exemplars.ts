import type { Exemplar } from "./series.ts";

const COLUMNS = 60;
const PER_COLUMN = 2;

/**
 * Those worth a dot: the slowest two of each sixtieth of the range, each request once. Services send some of every route and
 * minute, and several lines of a panel read the same series.
 * @param range in seconds since 1970
 */
export function thinned(exemplars: readonly Exemplar[], { start, end }: { start: number; end: number }): Exemplar[] {
  const columns = new Map<number, Exemplar[]>();
  const requests = new Map(exemplars.map((each) => [`${each.traceId} ${each.timeS} ${each.value}`, each]));
  for (const each of [...requests.values()].sort((a, b) => b.value - a.value)) {
    const at = Math.floor(((each.timeS - start) / (end - start)) * COLUMNS);
    const column = columns.get(at) ?? columns.set(at, []).get(at)!;
    if (column.length < PER_COLUMN) column.push(each);
  }
  return [...columns.values()].flat();
}
