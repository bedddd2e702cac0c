import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "pg";
import { ApiError } from "../errors.ts";
import type { SandboxPool } from "../sandbox/pool.ts";
import { burnCpu, fillMemory, holdConnections } from "./effects.ts";

/**
 * What can be made to fail on purpose, for drills of the alerting. `amount`: how strongly, in the unit of the kind.
 * `least` and `most` bound it; `usual` is taken when none is given.
 */
export const faultKinds = {
  errors: { unit: "percent of requests to /api that fail", least: 1, usual: 50, most: 100 },
  latency: { unit: "ms that requests to /api take longer", least: 1, usual: 1_000, most: 20_000 },
  down: { unit: "percent of connections that are closed unanswered", least: 1, usual: 100, most: 100 },
  database: { unit: "percent of the connections to the database that are taken away", least: 1, usual: 100, most: 100 },
  sandbox_latency: { unit: "ms that programs take longer", least: 1, usual: 11_000, most: 60_000 },
  sandbox_pool: { unit: "sandboxes that are taken away", least: 1, usual: 2, most: 32 },
  memory: { unit: "MB of memory that are filled", least: 1, usual: 100, most: 2_048 },
  cpu: { unit: "percent of the time that the event loop is kept busy", least: 1, usual: 95, most: 99 },
} as const satisfies Record<string, { unit: string; least: number; usual: number; most: number }>;

export type FaultKind = keyof typeof faultKinds;

/** A fault that is on. `until`: when it ends by itself, ISO 8601. */
export interface Fault {
  kind: FaultKind;
  amount: number;
  until: string;
}

/** The longest time that a fault stays without being asked for again: whoever switched it on may be gone. */
export const longest_s = 300;

export type Faults = ReturnType<typeof createFaults>;

/** The switches. All are off at the start, and each goes off by itself. */
export function createFaults(parts: { database: Pool }) {
  const on = new Map<FaultKind, { amount: number; until: number; timer: NodeJS.Timeout; end: () => void }>();
  const effects: Partial<Record<FaultKind, (amount: number) => () => void>> = {
    database: (percent) => holdConnections(parts.database, percent),
    memory: fillMemory,
    cpu: burnCpu,
  };
  let due = 0;

  const off = (kind: FaultKind): void => {
    const fault = on.get(kind);
    if (fault === undefined) return;
    clearTimeout(fault.timer);
    on.delete(kind);
    fault.end();
    console.error(`fault ${kind} is off`);
  };
  return {
    /** Switches a fault on, or lets one that is on go on for `seconds` from now. */
    set(kind: FaultKind, amount: number, seconds: number): void {
      const before = on.get(kind);
      const renewed = before?.amount === amount ? before : undefined;
      if (before !== undefined && renewed === undefined) off(kind);
      clearTimeout(renewed?.timer);
      if (renewed === undefined) console.error(`fault ${kind} is on: ${amount} ${faultKinds[kind].unit}`);
      on.set(kind, { amount, until: Date.now() + seconds * 1_000, timer: setTimeout(() => off(kind), seconds * 1_000).unref(), end: renewed?.end ?? effects[kind]?.(amount) ?? (() => undefined) });
    },
    off,
    allOff(): void {
      for (const kind of on.keys()) off(kind);
    },
    list: (): Fault[] => [...on].map(([kind, { amount, until }]) => ({ kind, amount, until: new Date(until).toISOString() })),
    /** Amount of a fault that is on; 0 when it is off. */
    amount: (kind: FaultKind): number => on.get(kind)?.amount ?? 0,
    /** Whether this request is one of those that fail: with 25 percent every fourth. */
    failsNow(): boolean {
      due += on.get("errors")?.amount ?? 0;
      if (due < 100) return false;
      due -= 100;
      return true;
    },
  };
}

/** The pool, with fewer sandboxes and slower programs while these faults are on. */
export function withSandboxFaults(pool: SandboxPool, faults: Faults): SandboxPool {
  const available = (): number => Math.max(0, pool.available() - faults.amount("sandbox_pool"));
  return {
    ...pool,
    available,
    async run(code) {
      for (const end = Date.now() + wait_ms; faults.amount("sandbox_pool") > 0 && available() === 0; await sleep(50)) {
        if (Date.now() > end) throw new ApiError("SANDBOX_BUSY", { reason: `Drill: no sandbox came free within ${wait_ms} ms` });
      }
      const slower_ms = faults.amount("sandbox_latency");
      const result = await pool.run(code);
      if (slower_ms === 0) return result;
      await sleep(slower_ms);
      return { ...result, durationMs: result.durationMs + slower_ms };
    },
  };
}

/** How long a request waits for a sandbox while some are taken away. */
const wait_ms = 5_000;
