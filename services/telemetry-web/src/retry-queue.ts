import type { Signal } from "./otlp.ts";

/** One request body and how often it has been refused. */
export interface Payload {
  signal: Signal;
  body: string;
  bytes: number;
  /** Spans, records or metrics in the body. */
  items: number;
  attempts: number;
}

const firstDelayMs = 1_000;
const maxDelayMs = 30_000;
const maxRetryAfterMs = 120_000;
const maxAttempts = 20;
/** Bodies waiting for the sink; the oldest is dropped for a newer one. */
const maxWaiting = 20;
const maxStashedBytes = 200_000;
const storageKey = "helloagents.unsent";

export interface RetryQueue {
  /** Sends now, or queues when the sink is known to be down. Resolves when sent, put aside or dropped. */
  offer(payload: Payload): Promise<void>;
  stash(): void;
  unstash(): void;
}

/**
 * Bounded retries with one probe at a time: while the sink is down a single waiting body is tried, with exponential delay and jitter
 * (or the sink's `Retry-After`); the first success sends all others.
 * @param send gives milliseconds that the sink asks to wait (0: its own choice) on failure, undefined when the body is done with
 */
export function createRetryQueue({ send, storage, onDrop }: {
  send: (payload: Payload) => Promise<number | undefined>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
  onDrop: (payload: Payload) => void;
}): RetryQueue {
  let waiting: Payload[] = [];
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Between `pagehide` and a return of the page: everything goes to the stash. */
  let gone = false;

  async function offer(payload: Payload): Promise<void> {
    if (timer !== undefined || (failures > 0 && payload.attempts === 0)) return keep(payload);
    const retryAfterMs = await send(payload);
    if (retryAfterMs === undefined) return succeeded();
    failed(payload, retryAfterMs);
  }

  function keep(payload: Payload): void {
    waiting.push(payload);
    while (waiting.length > maxWaiting) onDrop(waiting.shift()!);
    if (gone) stash();
  }

  function failed(payload: Payload, retryAfterMs: number): void {
    payload.attempts += 1;
    failures += 1;
    // To the end of the line: one body that the sink can never take must not block the others.
    if (payload.attempts < maxAttempts) keep(payload);
    else onDrop(payload);
    const backoffMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2);
    timer ??= setTimeout(probe, retryAfterMs > 0 ? Math.min(retryAfterMs, maxRetryAfterMs) : backoffMs);
  }

  function probe(): void {
    timer = undefined;
    const payload = waiting.shift();
    if (payload === undefined) {
      failures = 0;
      return;
    }
    payload.attempts ||= 1;
    void offer(payload);
  }

  async function succeeded(): Promise<void> {
    failures = 0;
    const rest = waiting;
    waiting = [];
    await Promise.all(rest.map((payload) => offer(payload)));
  }

  function stash(): void {
    gone = true;
    let bytes = 0;
    const kept = waiting.toReversed().filter((payload) => (bytes += payload.bytes) <= maxStashedBytes);
    try {
      if (kept.length > 0) storage?.setItem(storageKey, JSON.stringify(kept));
    } catch {
      // Full or forbidden: these are lost with the page.
    }
  }

  function unstash(): void {
    if (gone) waiting = [];
    gone = false;
    let stored: unknown;
    try {
      stored = JSON.parse(storage?.getItem(storageKey) ?? "[]");
      storage?.removeItem(storageKey);
    } catch {
      return;
    }
    if (Array.isArray(stored)) for (const payload of (stored as unknown[]).filter(isPayload).slice(0, maxWaiting)) void offer(payload);
  }

  return { offer, stash, unstash };
}

/** Storage belongs to the whole origin: take only what this code can have written. */
function isPayload(value: unknown): value is Payload {
  const payload = value as Partial<Payload> | null;
  return typeof payload?.body === "string" && ["traces", "metrics", "logs"].includes(payload.signal ?? "") && Number.isFinite(payload.bytes) && Number.isFinite(payload.attempts) && Number.isFinite(payload.items);
}
