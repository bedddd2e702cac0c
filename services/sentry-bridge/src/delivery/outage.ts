/** How long a Sentry that fails is left alone. */
export interface Outage {
  failed: (state: "unreachable" | "refused") => void;
  /** `true` when a pause ends with it. */
  succeeded: () => boolean;
  /** Why nothing is tried right now, if so. */
  pausedBy: () => "unreachable" | "refused" | undefined;
  /** What the last failure was, until a success. */
  state: () => "unreachable" | "refused" | undefined;
  secondsLeft: () => number;
}

/** After so many failures without a success in between nothing is tried for a while: a dead Sentry is not hammered, and holds up no answer. */
const FAILURES_BEFORE_PAUSE = 5;
const PAUSE_MS = { first: 1_000, most: 30_000 };

export function createOutage(now: () => number = () => performance.now()): Outage {
  let failures = 0;
  let pause: { state: "unreachable" | "refused"; until: number; ms: number } | undefined;
  const paused = (): boolean => pause !== undefined && now() < pause.until;
  return {
    failed(state) {
      failures++;
      // Envelopes that were under way when a pause began fail with it: that is one failure, not eight.
      if (paused() || (state !== "refused" && failures < FAILURES_BEFORE_PAUSE)) return;
      const ms = Math.min(pause ? pause.ms * 2 : PAUSE_MS.first, PAUSE_MS.most);
      pause = { state, until: now() + ms, ms };
    },
    succeeded() {
      const ends = pause !== undefined;
      failures = 0;
      pause = undefined;
      return ends;
    },
    pausedBy: () => (paused() ? pause?.state : undefined),
    state: () => pause?.state,
    secondsLeft: () => Math.max(0, ((pause?.until ?? 0) - now()) / 1000),
  };
}
