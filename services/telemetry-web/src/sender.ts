import type { Signal } from "./otlp.ts";
import { createRetryQueue, type Payload } from "./retry-queue.ts";

/** Browsers refuse keepalive requests beyond 64 KiB in flight (Fetch standard, "inflight keepalive bytes"); headers count in some. */
const keepaliveBytes = 60_000;
const keepaliveRequests = 9;
const maxBodyBytes = 60_000;
const maxItemBytes = 40_000;
/** Items waiting for the next request, per signal; further ones are dropped and counted. */
const maxItems = 400;
const batchAfterMs = 3_000;
const requestTimeoutMs = 10_000;

export interface Sender {
  /** Queues one item (JSON text). Urgent ones leave in the next task, others within 3 s. */
  add(signal: Signal, item: string, urgent?: boolean): void;
  /** Has a flush happen within 3 s, for what `beforeFlush` adds. */
  schedule(): void;
  /** Sends everything that waits; resolves when each request has been answered, failed or been put aside for a retry. */
  flush(): Promise<void>;
  /** For `pagehide`: what a dead sink has refused so far is kept for the next page of this tab. */
  stash(): void;
  /** For the start of a page and for its return from the back/forward cache. */
  unstash(): void;
  /** Items given up since the last call. */
  takeDropped(): number;
}

export interface SenderOptions {
  /** Absolute URL; `/v1/<signal>` is added. */
  endpoint: string;
  envelopes: Record<Signal, [string, string]>;
  /** The browser's own fetch, taken before anything wraps it, so that exports are never traced. */
  fetch: typeof fetch;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  /** Called before each flush: the place to queue what has been counted up to now. */
  beforeFlush: () => void;
}

/** Batches items into OTLP/HTTP JSON requests, keeps them within the keepalive quota, and hands failures to a bounded retry queue. */
export function createSender(options: SenderOptions): Sender {
  // Errors first: when a quota runs out on leaving, the last ones pay.
  const items: Record<Signal, string[]> = { logs: [], metrics: [], traces: [] };
  const flying = { bytes: 0, requests: 0 };
  let dropped = 0;
  const timers: Partial<Record<"urgent" | "batch", ReturnType<typeof setTimeout>>> = {};
  const retries = createRetryQueue({ send: post, storage: options.storage, onDrop: (payload) => (dropped += payload.items) });

  function add(signal: Signal, item: string, urgent = false): void {
    if (items[signal].length >= maxItems || item.length > maxItemBytes) {
      dropped += 1;
      return;
    }
    items[signal].push(item);
    if (urgent) timers.urgent ??= setTimeout(() => void drain(["logs"], "urgent"), 0);
    else schedule();
  }

  function schedule(): void {
    timers.batch ??= setTimeout(() => void flush(), batchAfterMs);
  }

  function flush(): Promise<void> {
    options.beforeFlush();
    return drain(Object.keys(items) as Signal[], "batch");
  }

  async function drain(signals: Signal[], timer: "urgent" | "batch"): Promise<void> {
    clearTimeout(timers[timer]);
    delete timers[timer];
    // Every request starts before the first await: on leaving, nothing after it may run.
    const payloads = signals.flatMap((signal) => cut(signal, items[signal].splice(0), options.envelopes[signal]));
    await Promise.all(payloads.map((payload) => retries.offer(payload)));
  }

  /** @returns milliseconds to wait before the next try, or undefined when the payload is done with */
  async function post(payload: Payload): Promise<number | undefined> {
    const keepalive = payload.attempts === 0 && flying.bytes + payload.bytes <= keepaliveBytes && flying.requests < keepaliveRequests;
    if (keepalive) {
      flying.bytes += payload.bytes;
      flying.requests += 1;
    }
    try {
      const response = await options.fetch.call(globalThis, `${options.endpoint}/v1/${payload.signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: payload.body,
        keepalive,
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      if (response.ok) return undefined;
      if (response.status !== 408 && response.status !== 429 && response.status < 500) {
        dropped += payload.items;
        return undefined;
      }
      return Number(response.headers.get("retry-after")) * 1000 || 0;
    } catch {
      return 0;
    } finally {
      if (keepalive) {
        flying.bytes -= payload.bytes;
        flying.requests -= 1;
      }
    }
  }

  return {
    add,
    schedule,
    flush,
    stash: retries.stash,
    unstash: retries.unstash,
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}

/** Packs items into as few bodies as the size limit allows. */
export function cut(signal: Signal, items: string[], [head, tail]: [string, string]): Payload[] {
  const payloads: Payload[] = [];
  const encoder = new TextEncoder();
  let batch: string[] = [];
  let bytes = 0;
  const close = (): void => {
    if (batch.length > 0) payloads.push({ signal, body: head + batch.join(",") + tail, bytes: bytes + head.length + tail.length, items: batch.length, attempts: 0 });
    batch = [];
    bytes = 0;
  };
  for (const item of items) {
    const size = encoder.encode(item).length + 1;
    if (bytes + size + head.length + tail.length > maxBodyBytes) close();
    batch.push(item);
    bytes += size;
  }
  close();
  return payloads;
}
