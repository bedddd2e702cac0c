import { flushCompileCache } from "node:module";
import type { WorkerOptions } from "node:worker_threads";

/** Arguments of `new Worker` for a thread of the pool. */
export interface WorkerCall {
  code: string;
  options: WorkerOptions;
}

/**
 * A thread gets no flags and an empty environment, so that what is preloaded into the service (telemetry) is not loaded again in it;
 * only NODE_COMPILE_CACHE, where it is set, is passed on. With it Node keeps sources without their types on disk. A thread that finds
 * all of its own there never loads the type stripper, which takes 12 MB in each; the first load, here, puts them there.
 */
export async function prepareWorkerCall(): Promise<WorkerCall> {
  const cache = process.env["NODE_COMPILE_CACHE"];
  if (cache) {
    await import("./worker.ts");
    flushCompileCache();
  }
  return {
    // Not the file itself as the thread's main program: the main thread could not load that to cache it.
    code: `import(${JSON.stringify(new URL("./worker.ts", import.meta.url).href)}).then(({ serveTasks }) => serveTasks())`,
    options: { name: "sandbox", eval: true, execArgv: [], env: cache ? { NODE_COMPILE_CACHE: cache } : {} },
  };
}
