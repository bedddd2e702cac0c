import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { boundLog } from "./log-file.ts";
import { type Part, type PartStatus, runPart, type Runner } from "./part-runner.ts";
import type { Reaper } from "./reaper.ts";
import type { Terminal } from "./terminal.ts";

export interface Supervisor {
  /** Resolves when every part is ready (true) or some did not become ready (false); those are still tried. */
  started: Promise<boolean>;
  statuses: () => PartStatus[];
  /** Ends all parts: those that send data before those that take it. */
  stop: () => Promise<void>;
  /** Ends all at once, without grace. */
  kill: () => void;
}

export interface SupervisorContext {
  logs: string;
  reaper: Reaper;
  out: Terminal;
  /** After every change of a part's state */
  onChange: (statuses: PartStatus[]) => void;
}

const boundLogs_ms = 10_000;

/** Starts the parts, each as soon as what it needs is ready, and keeps them running. */
export function supervise(parts: Part[], { logs, reaper, out, onChange }: SupervisorContext): Supervisor {
  mkdirSync(logs, { recursive: true });
  const runners = new Map<string, Runner>();
  const waiting: PartStatus[] = parts.map(({ name }) => ({ name, state: "starting", restarts: 0, since: new Date().toISOString() }));
  const statuses = (): PartStatus[] => waiting.map((status) => runners.get(status.name)?.status() ?? status);
  const logFile = (part: Part): string => join(logs, `${part.name}.log`);
  let stopping = false;

  const begun = new Map<string, Promise<boolean>>();
  const begin = async (part: Part): Promise<boolean> => {
    const needed = parts.filter(({ name }) => part.needs.includes(name));
    await Promise.all(needed.map(async (other) => await startOf(other)));
    if (stopping) return false;
    const runner = runPart(part, { logFile: logFile(part), reaper, out, onChange: () => onChange(statuses()) });
    runners.set(part.name, runner);
    return await runner.firstReady;
  };
  const startOf = (part: Part): Promise<boolean> => {
    const start = begun.get(part.name) ?? begin(part);
    begun.set(part.name, start);
    return start;
  };

  const ended = new Map<string, Promise<void>>();
  const end = async (part: Part): Promise<void> => {
    const earlier = parts.filter(({ needs, sendsTo }) => needs.includes(part.name) || sendsTo.includes(part.name));
    await Promise.all(earlier.map(async (other) => await endOf(other)));
    await runners.get(part.name)?.stop();
  };
  const endOf = (part: Part): Promise<void> => {
    const ending = ended.get(part.name) ?? end(part);
    ended.set(part.name, ending);
    return ending;
  };

  onChange(statuses());
  const timer = setInterval(() => {
    for (const part of parts) boundLog(logFile(part));
  }, boundLogs_ms);
  return {
    started: Promise.all(parts.map(async (part) => await startOf(part))).then((all) => all.every(Boolean)),
    statuses,
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await Promise.all(parts.map(async (part) => await endOf(part)));
    },
    kill: () => {
      stopping = true;
      for (const runner of runners.values()) runner.kill();
    },
  };
}
