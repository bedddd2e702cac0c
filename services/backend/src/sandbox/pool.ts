import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { ApiError } from "../errors.ts";
import { memoryError, timeoutError } from "./execution.ts";
import type { ExecutionResult, WorkerReport, WorkerStart, WorkerTask } from "./execution.ts";
import { prepareWorkerCall } from "./worker-start.ts";

export interface SandboxOptions {
  sandboxPoolSize: number;
  sandboxTimeoutMs: number;
  sandboxMemoryMb: number;
  sandboxQueueMax: number;
  sandboxQueueWaitMs: number;
}

export interface SandboxPool {
  readonly size: number;
  /** Sandboxes that wait for code. */
  available(): number;
  /** Sandboxes that wait for code or run some; the others are being (re)started. */
  alive(): number;
  /** @throws ApiError SANDBOX_BUSY, SANDBOX_UNAVAILABLE, SHUTTING_DOWN */
  run(code: string): Promise<ExecutionResult>;
  /** Ends all threads; what still runs or waits fails with SHUTTING_DOWN. */
  close(): Promise<void>;
}

interface Task {
  code: string;
  resolve(result: ExecutionResult): void;
  reject(error: Error): void;
  /** Of the wait in the queue, then of the hard end of the run. */
  timer?: NodeJS.Timeout;
}

interface Slot {
  worker: Worker;
  state: "starting" | "idle" | "busy" | "gone";
  task: Task | undefined;
  runs: number;
}

/** An engine stops its program by itself; a thread that has not answered this long after is ended. */
const killGrace_ms = 1_000;
const start_ms = 15_000;
const runsMax = 500;

/** Starts worker threads that each hold a prepared QuickJS; one is replaced when a program broke or filled it. */
export async function openSandboxPool(options: SandboxOptions): Promise<SandboxPool> {
  const wasm = createRequire(import.meta.resolve("quickjs-emscripten")).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  const limits = { timeout_ms: options.sandboxTimeoutMs, memory_bytes: options.sandboxMemoryMb * 1_048_576 };
  const workerData: WorkerStart = { wasmModule: await WebAssembly.compile(await readFile(wasm)), limits };
  const workerCall = await prepareWorkerCall();
  const slots = new Set<Slot>();
  const queue: Task[] = [];
  const restarts = new Set<NodeJS.Timeout>();
  let failuresInRow = 0;
  let closed = false;

  function startSlot(): void {
    const worker = new Worker(workerCall.code, {
      ...workerCall.options,
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4, stackSizeMb: 4 },
    });
    const slot: Slot = { worker, state: "starting", task: undefined, runs: 0 };
    slots.add(slot);
    const late = setTimeout(() => fail(slot, new Error(`a sandbox did not start within ${start_ms / 1_000} s`)), start_ms);
    worker.on("message", (report: WorkerReport) => {
      if (slot.state === "gone") return;
      if (report.kind === "done") return finish(slot, report);
      clearTimeout(late);
      failuresInRow = 0;
      slot.state = "idle";
      next();
    });
    worker.on("error", (error) => fail(slot, error));
    worker.on("exit", (code) => {
      clearTimeout(late);
      fail(slot, new Error(`a sandbox ended by itself with code ${code}`));
    });
  }

  function next(): void {
    for (const slot of slots) {
      if (slot.state !== "idle") continue;
      const task = queue.shift();
      if (task === undefined) return;
      clearTimeout(task.timer);
      slot.state = "busy";
      slot.task = task;
      slot.runs += 1;
      task.timer = setTimeout(() => kill(slot, task), limits.timeout_ms + killGrace_ms);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      slot.worker.postMessage({ id: slot.runs, code: task.code } satisfies WorkerTask);
    }
  }

  function finish(slot: Slot, report: Extract<WorkerReport, { kind: "done" }>): void {
    const task = slot.task;
    slot.task = undefined;
    slot.state = "starting";
    if (!report.reusable || slot.runs >= runsMax) replace(slot);
    if (task === undefined) return;
    clearTimeout(task.timer);
    task.resolve(report.result);
  }

  function kill(slot: Slot, task: Task): void {
    slot.task = undefined;
    replace(slot);
    task.resolve({ outcome: "timeout", output: [], error: timeoutError(limits.timeout_ms), durationMs: limits.timeout_ms + killGrace_ms });
  }

  function fail(slot: Slot, error: Error): void {
    if (slot.state === "gone") return;
    const task = slot.task;
    failuresInRow += 1;
    replace(slot, Math.min(100 * 2 ** failuresInRow, 5_000));
    const outOfMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    if (!outOfMemory) console.error(`sandbox replaced: ${error.message}`);
    if (task === undefined) return;
    clearTimeout(task.timer);
    if (outOfMemory) task.resolve({ outcome: "memory_limit", output: [], error: memoryError(limits.memory_bytes), durationMs: 0 });
    else task.reject(new ApiError("SANDBOX_UNAVAILABLE", { cause: error, reason: `the sandbox broke: ${error.message}` }));
  }

  function replace(slot: Slot, after_ms = 0): void {
    slot.state = "gone";
    slots.delete(slot);
    void slot.worker.terminate();
    if (closed) return;
    if (after_ms === 0) return startSlot();
    const timer = setTimeout(() => {
      restarts.delete(timer);
      startSlot();
    }, after_ms);
    restarts.add(timer);
  }

  for (let i = 0; i < options.sandboxPoolSize; i += 1) startSlot();
  const inState = (...states: Slot["state"][]) => [...slots].filter((slot) => states.includes(slot.state)).length;

  return {
    size: options.sandboxPoolSize,
    available: () => inState("idle"),
    alive: () => inState("idle", "busy"),
    run(code) {
      if (closed) return Promise.reject(new ApiError("SHUTTING_DOWN"));
      // Those that wait for a free sandbox count, those that get one at once do not.
      if (queue.length >= options.sandboxQueueMax && inState("idle") === 0) return Promise.reject(new ApiError("SANDBOX_BUSY", { reason: `all ${options.sandboxPoolSize} sandboxes are in use and ${queue.length} requests wait` }));
      return new Promise((resolve, reject) => {
        const task: Task = { code, resolve, reject };
        task.timer = setTimeout(() => {
          queue.splice(queue.indexOf(task), 1);
          reject(new ApiError("SANDBOX_BUSY", { reason: `no sandbox came free within ${options.sandboxQueueWaitMs} ms` }));
        }, options.sandboxQueueWaitMs);
        queue.push(task);
        next();
      });
    },
    async close() {
      closed = true;
      for (const timer of restarts) clearTimeout(timer);
      for (const task of queue.splice(0)) {
        clearTimeout(task.timer);
        task.reject(new ApiError("SHUTTING_DOWN"));
      }
      await Promise.all(
        [...slots].map(async (slot) => {
          slot.state = "gone";
          clearTimeout(slot.task?.timer);
          slot.task?.reject(new ApiError("SHUTTING_DOWN"));
          await slot.worker.terminate();
        }),
      );
      slots.clear();
    },
  };
}
