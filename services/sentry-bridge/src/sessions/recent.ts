/** A map that keeps at least the last `limit` keys that were set, and at most twice as many. */
export interface Recent<V> {
  get: (key: string) => V | undefined;
  set: (key: string, value: V) => void;
}

/** Forgets half of it at once: taking out the oldest of a large Map one by one makes V8 search for it. */
export function createRecent<V>(limit: number): Recent<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= limit && !young.has(key)) [old, young] = [young, new Map<string, V>()];
      young.set(key, value);
    },
  };
}
