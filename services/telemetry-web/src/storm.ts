/** Within this time equal errors are counted, not sent again ... */
export const windowMs = 60_000;
/** ... and at most this many different ones are sent. */
export const maxDistinct = 30;

export interface Storm<Record> {
  /** True when the record is to be sent now; otherwise it has been counted. */
  admit(key: string, record: Record): boolean;
  /** What was counted since the last call: the newest record of each key with its count, and how many were beyond the limit. */
  take(): { repeated: { record: Record; count: number }[]; beyond: number };
}

/**
 * Folds an error storm: the first of a kind at once, its repeats as one record with a count.
 * The sum of counts is exact; only different errors beyond the limit lose their text.
 */
export function createStorm<Record>(now: () => number): Storm<Record> {
  const kinds = new Map<string, { record: Record; count: number }>();
  let windowStart = 0;
  let beyond = 0;
  return {
    admit(key, record) {
      if (now() - windowStart >= windowMs || now() < windowStart) {
        // Counts not yet taken stay; the kinds themselves may be sent again.
        windowStart = now();
        for (const [known, kind] of kinds) if (kind.count === 0) kinds.delete(known);
      }
      const kind = kinds.get(key);
      if (kind) {
        kind.record = record;
        kind.count += 1;
        return false;
      }
      if (kinds.size >= maxDistinct) {
        beyond += 1;
        return false;
      }
      kinds.set(key, { record, count: 0 });
      return true;
    },
    take() {
      const repeated = [...kinds.values()].filter((kind) => kind.count > 0).map(({ record, count }) => ({ record, count }));
      for (const kind of kinds.values()) kind.count = 0;
      const result = { repeated, beyond };
      beyond = 0;
      return result;
    },
  };
}
