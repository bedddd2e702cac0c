import { CannotRun } from "../failure.ts";
import type { RunContext } from "../reload/reload.ts";
import { reader } from "../run/reader.ts";
import { overlayFor, pointsAt } from "./overlay.ts";

/** What the asker is told once items come: the points, by the index in the path of the sink. */
export interface TapStarted {
  points: { label: string; isMasked: boolean }[];
}

/** Longest a tap may last. */
export const MAX_S = 3_600;

/**
 * Lets a sink at `input.url` see what passes `input.target`, for as long as the asker is there and for `input.for_s` seconds at most: the
 * Collector is started with the configuration in force and an overlay that exists in the run folder only, and afterwards without.
 */
export async function tap(run: RunContext, input: Record<string, unknown>, tell: (line: string) => void, asker: AbortSignal): Promise<number> {
  const { supervisor } = run;
  const url = String(input["url"]);
  // Only to this machine: a tap shows everything.
  if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) throw new CannotRun(`${url}: not a loopback address.`);
  const target = typeof input["target"] === "string" ? input["target"] : undefined;
  const for_s = Math.min(MAX_S, Math.max(1, Number(input["for_s"]) || 300));
  const components = await reader.components(run.collector);
  if (run.tapping !== undefined) throw new CannotRun("Another tap is running; end it first.");
  const end = new AbortController();
  run.tapping = end;
  try {
    return await supervisor.exclusively(async () => {
      if (asker.aborted) return 0;
      const { snapshot } = supervisor.serving();
      const points = pointsAt(snapshot.config, run.env, target);
      const why = await supervisor.change({ snapshot, overlay: JSON.stringify(overlayFor(points, url, components)) });
      if (why !== undefined) throw new CannotRun(`The Collector does not start with the tap, and runs without: ${why}`);
      run.say(`tap: ${target ?? "every exporter"}, for ${for_s} s at most.`);
      tell(JSON.stringify({ points: points.map(({ label, isMasked }) => ({ label, isMasked })) } satisfies TapStarted));
      const reason = await ended(supervisor.process().ended, asker, end.signal, for_s * 1000);
      // After a crash it is started again without the tap anyway.
      if (reason !== "the Collector ended") {
        const worse = await supervisor.change({ snapshot });
        if (worse !== undefined) throw new CannotRun(`The tap could not be taken away: ${worse}`);
      }
      run.say(`tap: ended (${reason}).`);
      tell(JSON.stringify({ ended: reason }));
      return 0;
    });
  } finally {
    delete run.tapping;
  }
}

/** Waits for the first reason to end. */
async function ended(collector: Promise<unknown>, asker: AbortSignal, interrupted: AbortSignal, for_ms: number): Promise<string> {
  const over = new AbortController();
  const first = Promise.withResolvers<string>();
  const timer = setTimeout(() => first.resolve("its time is over"), for_ms);
  void collector.then(() => first.resolve("the Collector ended"));
  for (const [signal, reason] of [[asker, "the one who asked is gone"], [interrupted, "a reload"]] as const) {
    if (signal.aborted) first.resolve(reason);
    signal.addEventListener("abort", () => first.resolve(reason), { signal: over.signal });
  }
  const reason = await first.promise;
  clearTimeout(timer);
  over.abort();
  return reason;
}
