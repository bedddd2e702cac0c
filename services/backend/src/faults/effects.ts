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

/** Fills memory, in pieces so that the event loop goes on. Ends by giving it back to the system at once. */
export function fillMemory(megabytes: number): () => void {
  // One block, so that the C library gives it back and does not keep it for later.
  const block = new Uint8Array(megabytes * 2 ** 20);
  let filled = 0;
  const timer = setInterval(() => {
    if (filled >= block.length) return clearInterval(timer);
    // Written to, because untouched pages take no memory.
    block.fill(1, filled, (filled += piece_bytes));
  }, 20).unref();
  return () => {
    clearInterval(timer);
    // A block that is merely forgotten waits for the garbage collector, in a quiet process for as long as it runs.
    block.buffer.transfer(0);
  };
}

const piece_bytes = 8 * 2 ** 20;

/** Keeps the event loop busy for a share of every 100 ms. */
export function burnCpu(percent: number): () => void {
  const timer = setInterval(() => {
    const end = performance.now() + percent;
    while (performance.now() < end);
  }, 100).unref();
  return () => clearInterval(timer);
}
