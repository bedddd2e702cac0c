import { onTestFinished, vi } from "vitest";

/**
 * Stops the clocks of bridges that are started afterwards: Sentry's limits (`Date`) and the pauses of an outage (`performance`) then end
 * when the test says, and never because a machine is slow. Timers run on. Gives what moves the clocks.
 */
export function stopClocks(...clocks: ("Date" | "performance")[]): (ms: number) => void {
  vi.useFakeTimers({ toFake: clocks });
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => void vi.advanceTimersByTime(ms);
}
