import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { healthUrl } from "../config/own-telemetry.ts";
import type { CollectorProcess } from "../run/collector-process.ts";
import { answers } from "../run/health.ts";
import { readSends } from "../run/own-metrics.ts";

const EVERY_MS = 250;
/** The Collector tries again after 30 s at the latest: an exporter that has failed within this time is failing. */
const FAILING_MS = 35_000;
/** Health checks in a row that must fail. */
const UNHEALTHY = 4;

/** What a watch found. */
export interface Watched {
  /** Why the new configuration is to be taken back. */
  fault?: string;
  /** What people should know although it is none. */
  notes: string[];
}

/** What `readSends` tells. */
export type AllSends = Awaited<ReturnType<typeof readSends>>;

/**
 * Exporters (`otlp_http/vendor traces`) that fail already: nobody can blame a new configuration for them. The log tells of some; it leaves
 * out what repeats too often, and retries when its level is high. So what has waited since `earlier` without anything leaving counts, too.
 */
export function failingNow(process: CollectorProcess, earlier: AllSends, now: AllSends): Set<string> {
  const stuck = [...(now ?? [])].filter(([key, { sent, queued, failed }]) => {
    const before = earlier?.get(key);
    return (sent === 0 && failed > 0) || (before !== undefined && queued > 0 && before.queued > 0 && sent === before.sent);
  });
  return new Set([...process.failures.since(Date.now() - FAILING_MS).keys(), ...stuck.map(([key]) => key)]);
}

/**
 * Looks after a Collector that has just been started: does it live, is it healthy, and does any exporter that worked before fail with
 * everything it sends? What is refused for good is lost, so that ends the watch at once; what is tried again has until its end.
 */
export async function watch(process: CollectorProcess, config: Tree, env: Environment, failing: ReadonlySet<string>, watch_ms: number): Promise<Watched> {
  const begun = Date.now();
  const health = healthUrl(config, env);
  let unhealthy = 0;
  for (;;) {
    const isLast = Date.now() - begun >= watch_ms;
    if (!process.isRunning()) return { fault: `it ended after ${Math.round((Date.now() - begun) / 1000)} s: ${process.lastError()}`, notes: [] };
    unhealthy = health === undefined || (await answers(health)) ? 0 : unhealthy + 1;
    if (unhealthy >= UNHEALTHY) return { fault: `its health check ${health} does not answer 200.`, notes: [] };
    const sends = await readSends(config, env);
    const errors = process.failures.since(begun - 5_000);
    const bad = [...new Set([...errors.keys(), ...(sends?.keys() ?? [])])].flatMap((key) => {
      const { sent, failed, queued } = sends?.get(key) ?? { sent: 0, failed: 0, queued: 0 };
      const hasFailed = errors.has(key) || failed > 0;
      if (failing.has(key) || sent > 0 || !(hasFailed || (isLast && queued > 0))) return [];
      const why = errors.get(key);
      const lost = failed > 0 ? ` ${failed} items were refused for good.` : " What it could not send is in its queue.";
      return [{ key, isFinal: failed > 0, text: `${key.replace(" ", " fails with all ")} it sends${why === undefined ? "" : `: ${why}`}.${lost}` }];
    });
    const found = isLast ? bad[0] : bad.find(({ isFinal }) => isFinal);
    if (found) return { fault: found.text, notes: [] };
    if (isLast) return { notes: notesOn(sends, errors, failing) };
    await new Promise((resolve) => setTimeout(resolve, Math.min(EVERY_MS, Math.max(0, begun + watch_ms - Date.now()))));
  }
}

function notesOn(sends: AllSends, errors: ReadonlyMap<string, string>, failing: ReadonlySet<string>): string[] {
  if (sends === undefined) return ["    Its own metrics cannot be read, so that only failures in its log were seen."];
  const quiet = [...sends].filter(([key, { sent, failed, queued }]) => sent + failed + queued === 0 && !errors.has(key)).map(([key]) => key);
  const still = [...failing].filter((key) => errors.has(key));
  return [
    ...(quiet.length > 0 ? [`    Nothing passed, so nothing is known of: ${quiet.join(", ")}.`] : []),
    ...(still.length > 0 ? [`    Failing as before: ${still.join(", ")}.`] : []),
  ];
}
