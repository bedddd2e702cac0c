/** Runs in a worker thread while the ending process waits: posts every parcel once and reports when all are answered. */
import { workerData } from "node:worker_threads";
import type { LastFlushOrder } from "./last-flush.ts";
import { createAgent, post } from "./otlp-post.ts";

const { parcels, done: answered } = workerData as LastFlushOrder;
// Exceptions are the last words of a crashing process: they go first.
const order = { logs: 0, traces: 1, metrics: 2 };
parcels.sort((a, b) => order[a.destination.signal] - order[b.destination.signal]);

// `post` leaves its sockets unreferenced, so something must keep this thread up until the answers are here.
const alive = setInterval(() => undefined, 1_000);
const agents = new Map(parcels.map(({ destination }) => [destination.url, createAgent(destination)]));
const answers = parcels.map(({ destination, body }) => post(destination, body, agents.get(destination.url) ?? createAgent(destination)));
void Promise.all(answers).then(() => {
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
  clearInterval(alive);
});
