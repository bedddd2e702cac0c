/** What a list may hold: whichever bound is reached first makes room by dropping the oldest. */
export type Bounds = { maxCount: number; maxBytes: number };

/** A list that forgets its oldest entries. `bytes` is what the caller says an entry weighs. */
export type BoundedList<T> = {
  /** Appends and returns what had to go. */
  add(value: T, bytes: number): T[];
  /** Oldest first. */
  values(): T[];
  clear(): void;
  count(): number;
  bytes(): number;
};

export function boundedList<T>(bounds: Bounds): BoundedList<T> {
  let entries: { value: T; bytes: number }[] = [];
  let total = 0;
  return {
    add(value, bytes) {
      entries.push({ value, bytes });
      total += bytes;
      let drop = 0;
      // The newest always stays, even when it alone is over the bound: senders' body limits keep that small.
      while (drop < entries.length - 1 && (entries.length - drop > bounds.maxCount || total > bounds.maxBytes)) {
        total -= entries[drop]?.bytes ?? 0;
        drop += 1;
      }
      return entries.splice(0, drop).map((entry) => entry.value);
    },
    values: () => entries.map((entry) => entry.value),
    clear() {
      entries = [];
      total = 0;
    },
    count: () => entries.length,
    bytes: () => total,
  };
}
