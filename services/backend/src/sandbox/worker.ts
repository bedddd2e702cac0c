import { parentPort, workerData } from "node:worker_threads";
import { prepareEngine } from "./engine.ts";
import type { WorkerReport, WorkerStart, WorkerTask } from "./execution.ts";

/** One thread of the pool: holds a prepared engine, runs one task with it, prepares the next. */
if (parentPort === null) throw new Error("worker.ts is started by pool.ts");
const port = parentPort;
const { wasmModule, limits } = workerData as WorkerStart;
const report = (message: WorkerReport): void => port.postMessage(message);

let engine = await prepareEngine(wasmModule, limits);
port.on("message", async ({ id, code }: WorkerTask) => {
  const { result, reusable } = engine.execute(code);
  report({ kind: "done", id, result, reusable });
  if (!reusable) return;
  engine = await prepareEngine(wasmModule, limits);
  report({ kind: "ready" });
});
report({ kind: "ready" });
