import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { backoff_ms, quickCrash_ms, steadyAfter_ms } from "./backoff.ts";
import { openLog, readLogEnd, tellingLines } from "./log-file.ts";
import { type Readiness, untilReady } from "./readiness.ts";
import type { Reaper } from "./reaper.ts";
import type { Terminal } from "./terminal.ts";

/** One process of the stack: how it is started, and how it depends on others. */
export interface Part {
  name: string;
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  ready: Readiness;
  /** Address to show for it, when readiness has none */
  url?: string;
  /** Parts that must be ready before this one is started */
  needs: string[];
  /** Parts that this one hands its data to: they are ended after it */
  sendsTo: string[];
  /** After crashes in quick succession: repairs what the log tells of and says so, or returns undefined. */
  repair?: (log: string) => string | undefined;
}

export type State = "starting" | "ready" | "restarting" | "failed" | "stopped";

/** What the console shows of a part. */
export interface PartStatus {
  name: string;
  state: State;
  url?: string;
  pid?: number;
  restarts: number;
  /** ISO time of the last change of state */
  since: string;
  message?: string;
}

export interface Runner {
  status: () => PartStatus;
  /** True when it became ready, false when it crashed again and again or did not answer in time. */
  firstReady: Promise<boolean>;
  /** SIGTERM, after ten seconds SIGKILL; resolves when it is gone. */
  stop: () => Promise<void>;
  kill: () => void;
}

export interface RunnerContext {
  logFile: string;
  reaper: Reaper;
  out: Terminal;
  onChange: () => void;
}

/** Crashes at start in a row after which a part counts as failed (it is still tried) and its repair is asked. */
export const crashesUntilFailed = 5;
const crashesUntilRepair = 2;
const firstReady_ms = 60_000;
const stop_ms = 10_000;

/** Starts a part and keeps it running until it is stopped. */
export function runPart(part: Part, { logFile, reaper, out, onChange }: RunnerContext): Runner {
  const stopping = new AbortController();
  const first = Promise.withResolvers<boolean>();
  const url = "url" in part.ready ? part.ready.url : part.url;
  const status: PartStatus = { name: part.name, state: "starting", restarts: 0, since: new Date().toISOString(), ...(url === undefined ? {} : { url }) };
  let group: number | undefined;

  const change = (state: State, message?: string): void => {
    status.state = state;
    status.since = new Date().toISOString();
    if (message === undefined) delete status.message;
    else status.message = message;
    onChange();
  };
  const becameReady = (): void => {
    change("ready");
    if (status.restarts > 0) out.line(`  ${part.name} is ready again (restart ${status.restarts})`);
    first.resolve(true);
  };

  /** One run from start to end; resolves with how it ended. */
  const runOnce = async (logStart: (at: number) => void): Promise<string> => {
    const log = openLog(logFile);
    logStart(log.start);
    const child = spawn(part.command, part.args, { cwd: part.cwd, env: part.env, detached: true, stdio: ["ignore", log.descriptor, log.descriptor] });
    closeSync(log.descriptor);
    const over = new AbortController();
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${String(code)}` : signal));
    });
    const { pid } = child;
    if (pid === undefined) return await ended;
    reaper.add(pid);
    group = pid;
    status.pid = pid;
    onChange();
    void untilReady(part.ready, over.signal).then((isReady) => isReady && becameReady());
    const how = await ended;
    over.abort();
    signalGroup(pid, "SIGKILL");
    reaper.remove(pid);
    group = undefined;
    delete status.pid;
    return how;
  };

  const keepRunning = async (): Promise<void> => {
    let crashes = 0;
    while (!stopping.signal.aborted) {
      const begun = Date.now();
      let logStart = 0;
      const how = await runOnce((at) => (logStart = at));
      if (stopping.signal.aborted) break;
      const lived_ms = Date.now() - begun;
      if (lived_ms > steadyAfter_ms) crashes = 0;
      const wait_ms = backoff_ms(crashes++);
      const log = readLogEnd(logFile, logStart);
      const repaired = crashes >= crashesUntilRepair && lived_ms < quickCrash_ms ? part.repair?.(log) : undefined;
      status.restarts++;
      report(how, wait_ms, crashes, log);
      if (repaired !== undefined) out.warn(repaired);
      if (crashes >= crashesUntilFailed) {
        change("failed", `${part.name} ended ${crashes} times in a row (${how})`);
        first.resolve(false);
      } else change("restarting", `ended (${how})`);
      await pause(wait_ms, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    change("stopped");
    first.resolve(false);
  };

  const report = (how: string, wait_ms: number, crashes: number, log: string): void => {
    out.warn(`${part.name} ended (${how}), starts again in ${wait_ms / 1000} s`);
    if (crashes > 1 && crashes !== crashesUntilFailed) return;
    for (const line of tellingLines(log, 2)) out.line(`    ${out.colors.dim(line)}`);
    out.line(`    ${out.colors.dim(`log: ${logFile}`)}`);
  };

  const timer = setTimeout(() => first.resolve(false), firstReady_ms);
  void first.promise.then(() => clearTimeout(timer));
  const done = keepRunning();
  return {
    status: () => ({ ...status }),
    firstReady: first.promise,
    kill: () => {
      stopping.abort();
      if (group !== undefined) signalGroup(group, "SIGKILL");
    },
    stop: async () => {
      stopping.abort();
      if (group !== undefined) signalGroup(group, "SIGTERM");
      const killer = setTimeout(() => {
        if (group === undefined) return;
        out.warn(`${part.name} did not end within ${stop_ms / 1000} s and is killed`);
        signalGroup(group, "SIGKILL");
      }, stop_ms);
      await done;
      clearTimeout(killer);
    },
  };
}

/** Signals every process of a group; one that is gone needs none. */
function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
