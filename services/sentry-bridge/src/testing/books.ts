import { expect } from "vitest";
import type { TestBridge } from "./bridge.ts";
import type { FakeSentry } from "./fake-sentry.ts";

interface Books {
  received: number;
  sent: number;
  dropped: number;
  inFlight: number;
  collapsed?: number;
}

/** What became of a kind of things, and what is in flight: at every moment as many as `<kind>_received_total`. */
export function accountedFor(metrics: Record<string, number>, kind: string): number {
  const outcome = new RegExp(`^${kind}_(?:(?:sent|collapsed|deferred|dropped)_total|in_flight$)`);
  return Object.entries(metrics).reduce((total, [name, value]) => (outcome.test(name) ? total + value : total), 0);
}

/** The bridge's own figures of sessions, after a look whether they add up. */
export async function books(bridge: TestBridge): Promise<Books> {
  const metrics = await bridge.metrics();
  const sum = (pattern: RegExp): number => Object.entries(metrics).reduce((total, [name, value]) => (pattern.test(name) ? total + value : total), 0);
  const result = { received: sum(/^sessions_received/), sent: sum(/^sessions_sent/), dropped: sum(/^sessions_dropped/), inFlight: sum(/^sessions_in_flight/) };
  const collapsed = sum(/^sessions_collapsed/);
  expect(accountedFor(metrics, "sessions")).toBe(result.received);
  return collapsed > 0 ? { ...result, collapsed } : result;
}

/** Requests in all aggregates that were sent, by how they ended; a test can run into the next minute. */
export function requests(sentry: FakeSentry): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { aggregates } of sentry.taken("sessions")) {
    for (const { started: _, ...counts } of aggregates as Record<string, number>[]) for (const [status, count] of Object.entries(counts)) sums[status] = (sums[status] ?? 0) + count;
  }
  return sums;
}
