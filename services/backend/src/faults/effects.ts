import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";

const retry_ms = 100;

/** Takes connections out of the pool and keeps them: requests wait for one and then fail, as when queries hang. Ends by giving them back. */
export function holdConnections(pool: Pool, percent: number): () => void {
  const held: PoolClient[] = [];
  const ending = new AbortController();
  const count = Math.ceil(((pool.options.max ?? 10) * percent) / 100);
  for (let taken = 0; taken < count; taken++) void take();
  return () => {
    ending.abort();
    for (const client of held.splice(0)) client.release();
  };

  async function take(): Promise<void> {
    while (!ending.signal.aborted) {
      const client = await pool.connect().catch(() => undefined);
      if (client === undefined) await sleep(retry_ms);
      else if (ending.signal.aborted) return client.release();
      else return void held.push(client);
    }
  }
}

/** Fills memory, in pieces so that the event loop goes on. Ends by forgetting it; the system gets it back with the next collections. */
export function fillMemory(megabytes: number): () => void {
  let pieces: Buffer[] = [];
  const timer = setInterval(() => {
    if (pieces.length * piece_MB >= megabytes) return;
    // Written to, because untouched pages take no memory.
    pieces.push(Buffer.alloc(piece_MB * 2 ** 20, 1));
  }, 20).unref();
  return () => {
    clearInterval(timer);
    pieces = [];
  };
}

const piece_MB = 8;

/** Keeps the event loop busy for a share of every 100 ms. */
export function burnCpu(percent: number): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + percent;
    while (performance.now() < end);
  }, 100).unref();
  return () => clearInterval(timer);
}
