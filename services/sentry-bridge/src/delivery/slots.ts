/** A bounded number of places; whoever finds none waits in order. */
export interface Slots {
  /** `false`: none came free before `deadline` (`performance.now()`). Only a `true` must be followed by `free()`. */
  take: (deadline: number) => Promise<boolean>;
  free: () => void;
}

export function createSlots(count: number): Slots {
  let left = count;
  const waiting = new Set<(taken: boolean) => void>();
  return {
    take(deadline) {
      if (left > 0) {
        left--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle(false), Math.max(0, deadline - performance.now()));
        const settle = (taken: boolean): void => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(taken);
        };
        waiting.add(settle);
      });
    },
    free() {
      const [next] = waiting;
      if (next) next(true);
      else left++;
    },
  };
}
