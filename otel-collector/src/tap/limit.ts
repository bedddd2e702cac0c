/** Lets so many pass between two ticks; the rest is counted. */
export interface Limit {
  /** Whether this one may pass. */
  pass(): boolean;
  /** Begins anew; how many were held back. */
  tick(): number;
}

export function limit(most: number): Limit {
  let seen = 0;
  return {
    pass: () => ++seen <= most,
    tick: () => {
      const hidden = Math.max(0, seen - most);
      seen = 0;
      return hidden;
    },
  };
}
