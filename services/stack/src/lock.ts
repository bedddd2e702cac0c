import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive, startTicks } from "./process-info.ts";

/** Who holds a lock file. `helper` is a process that still cleans up after a holder that was killed. */
export interface Holder {
  pid: number;
  started?: string | undefined;
  helper?: number | undefined;
}

export interface Lock {
  /** Names the process whose end must be awaited before a successor may start. */
  setHelper: (pid: number) => void;
  release: () => void;
}

/**
 * Takes the lock file, also over from a holder that is dead.
 * Returns the holder instead when that is alive, or its helper is.
 */
export function takeLock(file: string): Lock | Holder {
  mkdirSync(dirname(file), { recursive: true });
  const me: Holder = { pid: process.pid, started: startTicks(process.pid) };
  for (;;) {
    if (create(file, me)) return lockOf(file, me);
    const text = read(file);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder !== undefined && isBusy(holder)) return holder;
    removeStale(file, text);
  }
}

/** Takes the lock file as soon as it is free; `onWait` hears once who holds it. */
export async function awaitLock(file: string, onWait: (holder: Holder) => void): Promise<Lock> {
  let told = false;
  for (;;) {
    const taken = takeLock(file);
    if ("release" in taken) return taken;
    if (!told) onWait(taken);
    told = true;
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

/** Whether the process that took the lock still runs, as opposed to another one that got its id later. */
export function isHolderAlive(holder: Holder): boolean {
  return isAlive(holder.pid) && (holder.started === undefined || holder.started === startTicks(holder.pid));
}

function isBusy(holder: Holder): boolean {
  return isHolderAlive(holder) || (holder.helper !== undefined && isAlive(holder.helper));
}

function lockOf(file: string, me: Holder): Lock {
  return {
    setHelper: (helper) => {
      const next = `${file}.${process.pid}`;
      writeFileSync(next, JSON.stringify({ ...me, helper }));
      renameSync(next, file);
    },
    release: () => {
      const text = read(file);
      if (text !== undefined && parse(text)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** The file appears with its content or not at all: link(2) fails when the name exists. */
function create(file: string, holder: Holder): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves the stale file away first, so that of two successors only one removes it and a fresh lock is put back. */
function removeStale(file: string, seen: string): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== seen) linkSync(aside, file);
  } catch {
    // Another successor was faster; the next round sees its lock.
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    return typeof value?.pid === "number" ? { ...value, pid: value.pid } : undefined;
  } catch {
    return undefined;
  }
}
