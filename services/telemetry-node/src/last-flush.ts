/**
 * The last flush: a worker thread posts what is left while this thread waits for it, because an ending process
 * (`process.exit`, a crash, a signal) no longer runs its event loop. Bounded: a dead or hanging Collector costs `timeoutMs`.
 */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Destination } from "./otlp-settings.ts";

export interface Parcel {
  destination: Destination;
  body: Uint8Array;
}

/** What the worker gets; `done[0]` becomes 1 when every parcel has been answered. */
export interface LastFlushOrder {
  parcels: Parcel[];
  done: Int32Array;
}

/** Sends the parcels and blocks until they are answered or `timeoutMs` is over. Never throws. */
export function lastFlush(parcels: Parcel[], timeoutMs: number): void {
  if (parcels.length === 0 || timeoutMs <= 0) return;
  const done = new Int32Array(new SharedArrayBuffer(4));
  const order: LastFlushOrder = { parcels: parcels.map((parcel) => ({ ...parcel, destination: { ...parcel.destination, timeoutMs } })), done };
  try {
    // Nothing of this process may reach the worker: no preload (NODE_OPTIONS), no flags, no output.
    const worker = new Worker(join(__dirname, "last-flush-worker.cjs"), { workerData: order, env: {}, execArgv: [], stdout: true, stderr: true });
    worker.on("error", () => undefined);
    worker.unref();
    Atomics.wait(done, 0, 0, timeoutMs);
  } catch {
    // Worker threads can be forbidden (--permission) or out of memory: then these last records are lost, not the process.
  }
}
