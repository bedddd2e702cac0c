/** Sentry takes nothing about a session after this time. */
const MAX_AGE_MS = 5 * 24 * 3_600_000;
const MAX_AHEAD_MS = 60_000;

/** A time that a sender can have meant, never ahead of this machine's; `undefined` when its clock, or what it wrote, is off. */
export function plausible(timeMs: number | undefined, now: number): number | undefined {
  return timeMs !== undefined && timeMs > now - MAX_AGE_MS && timeMs <= now + MAX_AHEAD_MS ? Math.min(timeMs, now) : undefined;
}
