import { parentPort, workerData } from "node:worker_threads";
import { prepareEngine } from "./engine.ts";
import type { WorkerReport, WorkerStart, WorkerTask } from "./execution.ts";

/** What a thread of the pool does: holds a prepared engine, runs one task with it, prepares the next. */
export async function serveTasks(): Promise<void> {
  if (parentPort === null) throw new Error("serveTasks runs in threads of the pool only");
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
}
