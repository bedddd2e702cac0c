/** Ended spans or log records, waiting to become one OTLP request. */
export interface Batch<Item> {
  add(item: Item): void;
  /** Hands over all that waits, at once and synchronously (the end of the process needs that). */
  drain(): void;
}

export interface BatchOptions<Item> {
  /** Items that wait at most; further ones are dropped. */
  maxQueue: number;
  maxBatch: number;
  /** From the first waiting item to the hand-over. */
  delayMs: number;
  flush(items: Item[]): void;
}

/** A queue that is handed over when it holds `maxBatch` items or its first item is `delayMs` old. Never keeps the process alive. */
export function createBatch<Item>(options: BatchOptions<Item>): Batch<Item> {
  let waiting: Item[] = [];
  let timer: NodeJS.Timeout | undefined;
  const maxBatch = Math.min(options.maxBatch, options.maxQueue);

  function drain(): void {
    clearTimeout(timer);
    timer = undefined;
    const all = waiting;
    waiting = [];
    for (let start = 0; start < all.length; start += maxBatch) {
      options.flush(all.slice(start, start + maxBatch));
    }
  }

  return {
    add(item) {
      if (waiting.length >= options.maxQueue) return;
      waiting.push(item);
      // Encoding happens in its own turn, not inside the request that ended the span.
      if (waiting.length === maxBatch) {
        clearTimeout(timer);
        timer = setTimeout(drain, 0).unref();
      } else {
        timer ??= setTimeout(drain, options.delayMs).unref();
      }
    },
    drain,
  };
}
