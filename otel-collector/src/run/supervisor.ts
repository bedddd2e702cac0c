import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { type CollectorProcess, startCollector } from "./collector-process.ts";
import type { Reaper } from "./reaper.ts";
import type { Snapshot } from "./snapshot.ts";

/** What the Collector is running with. */
export interface Serving {
  snapshot: Snapshot;
  /** YAML merged over it for a while, by `tap`. */
  overlay?: string;
}

/** Keeps one Collector running and changes what it runs with. */
export interface Supervisor {
  serving(): Serving;
  process(): CollectorProcess;
  /** One after the other: a reload, a tap, the restart after a crash. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Ends the running Collector and starts one with `next`; only within `exclusively`. When that does not start, the one before is started
   * again, and the reason is the result.
   */
  change(next: Serving): Promise<string | undefined>;
  stop(): Promise<void>;
  /** Exit code, when the Collector cannot be kept running. */
  over: Promise<number>;
}

export interface SupervisorContext {
  collector: string;
  env: Environment;
  reaper: Reaper;
  runFolder: string;
  /** After every start. */
  onStart(process: CollectorProcess): void;
  /** A line for whoever watches. */
  say(line: string): void;
}

const QUICK_CRASH_MS = 10_000;
const CRASHES = 5;

/** Starts the Collector. Resolves when it is ready, with the supervisor, or with why it is not. */
export async function supervise(context: SupervisorContext, first: Serving): Promise<Supervisor | string> {
  const { collector, env, reaper, say } = context;
  const over = Promise.withResolvers<number>();
  const stopping = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();
  let serving = first;
  let current: CollectorProcess;
  let startedAt = 0;
  let quickCrashes = 0;

  /** Starts one and makes it the running one; why not, when it does not start. */
  const launch = async (next: Serving): Promise<string | undefined> => {
    const overlay = join(context.runFolder, "overlay.yaml");
    if (next.overlay === undefined) rmSync(overlay, { force: true });
    else writeFileSync(overlay, next.overlay, { mode: 0o600 });
    const started = startCollector(collector, [...next.snapshot.paths, ...(next.overlay === undefined ? [] : [overlay])], next.snapshot.config, env, reaper);
    current = started;
    serving = next;
    startedAt = Date.now();
    const why = await started.started;
    if (why !== undefined) {
      await started.stop();
      return why;
    }
    context.onStart(started);
    void started.ended.then((how) => exclusively(() => afterCrash(started, how)));
    return undefined;
  };

  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };

  const afterCrash = async (crashed: CollectorProcess, how: string): Promise<void> => {
    if (stopping.signal.aborted || crashed !== current) return;
    quickCrashes = Date.now() - startedAt < QUICK_CRASH_MS ? quickCrashes + 1 : 0;
    if (quickCrashes >= CRASHES) {
      say(`The Collector ended ${CRASHES} times in a row (${how}): ${crashed.lastError()}`);
      over.resolve(1);
      return;
    }
    const wait_ms = quickCrashes === 0 ? 0 : 250 * 2 ** quickCrashes;
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
    if (stopping.signal.aborted) return;
    say(`The Collector ended (${how}) and is started again.`);
    // Whatever `tap` has added may have been the reason.
    const why = await launch({ snapshot: serving.snapshot });
    if (why === undefined || stopping.signal.aborted) return;
    say(`The Collector does not start again: ${why}`);
    over.resolve(1);
  };

  const change = async (next: Serving): Promise<string | undefined> => {
    const before = serving;
    const running = current;
    // It is no longer the running one: that it ends is no crash.
    current = { ...running };
    if (!(await running.stop())) say("The Collector did not end within 15 s and was killed; what it held in memory only is lost.");
    if (stopping.signal.aborted) return "`pipeline run` is being ended.";
    const why = await launch(next);
    if (why === undefined || stopping.signal.aborted) return why;
    const worse = await launch(before);
    if (worse === undefined) return why;
    say(`The Collector does not start with what it ran with before, either: ${worse}`);
    over.resolve(1);
    return `${why} And it does not start with what it ran with before, either: ${worse}`;
  };

  const why = await launch(first);
  if (why !== undefined) return why;
  return {
    serving: () => serving,
    process: () => current,
    exclusively,
    change,
    over: over.promise,
    async stop() {
      stopping.abort();
      await current.stop();
    },
  };
}
