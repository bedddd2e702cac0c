/**
 * The end of the process, seen by telemetry: everything still here is sent in the last moment, and nothing else changes. The
 * application's handlers, exit code, output and the signal it dies by stay its own.
 */
import { isMainThread } from "node:worker_threads";
import { lastFlush } from "./last-flush.ts";
import type { OtlpPipeline } from "./otlp-pipeline.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export interface EndOptions {
  pipeline: OtlpPipeline;
  flushTimeoutMs: number;
  /** For signals that the SDK sends itself (gRPC, Zipkin): flushes them, needs the event loop. */
  flushSdk: (() => Promise<unknown>) | undefined;
}

export function flushAtEnd({ pipeline, flushTimeoutMs, flushSdk }: EndOptions): void {
  let collected = false;
  let left = flushTimeoutMs;

  function flush(): void {
    try {
      const started = performance.now();
      lastFlush(pipeline.takeAll({ metrics: !collected }), left);
      // One budget for all moments of one end (a signal handler, then `exit`).
      left = Math.max(0, left - (performance.now() - started));
    } catch {
      // The process ends as it would have.
    }
  }

  /**
   * The event loop is empty. Metrics are collected in microtasks alone and nothing is sent yet, so the loop stays empty and no
   * listener of the application hears `beforeExit` twice. If the application goes on all the same, so do we.
   */
  process.on("beforeExit", () => {
    pipeline.hold(true);
    pipeline.collectMetrics().then(
      () => (collected = true),
      () => undefined,
    );
    setImmediate(() => {
      collected = false;
      pipeline.hold(false);
    }).unref();
  });
  if (flushSdk) process.once("beforeExit", () => void bounded(flushSdk()));
  process.on("exit", flush);
  if (!isMainThread) return;
  for (const signal of SIGNALS) listen(signal);

  function bounded(work: Promise<unknown>): Promise<unknown> {
    return Promise.race([work, new Promise((resolve) => setTimeout(resolve, flushTimeoutMs))]).catch(() => undefined);
  }

  /**
   * A listener takes away the signal's default, so it must stand in for it when nobody else listens. It steps aside while the
   * signal is handled: libraries (signal-exit) end the process only when they see no listener but their own.
   */
  function listen(signal: NodeJS.Signals): void {
    const onSignal = (): void => {
      process.removeListener(signal, onSignal);
      setImmediate(() => process.prependListener(signal, onSignal)).unref();
      if (process.listenerCount(signal) > 0) {
        // The application decides; if it ends, `exit` flushes. signal-exit kills without `exit`, so it cannot wait for that.
        if ("__signal_exit_emitter__" in process || Symbol.for("signal-exit emitter") in globalThis) flush();
        return;
      }
      const collect = pipeline.collectMetrics().then(() => (collected = true));
      void bounded(Promise.all([collect, flushSdk?.()])).then(() => {
        flush();
        process.removeListener(signal, onSignal);
        process.kill(process.pid, signal);
        left = flushTimeoutMs;
        collected = false;
        return undefined;
      });
    };
    process.prependListener(signal, onSignal);
  }
}
