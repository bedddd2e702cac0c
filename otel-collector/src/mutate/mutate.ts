import type { Bench } from "../cases/bench.ts";
import type { LoadedCase } from "../cases/case-files.ts";
import { doorFor, reachable } from "../cases/reach.ts";
import { requestsOf, signalsOf } from "../cases/otlp-from-case.ts";
import { runTrials } from "../cases/run-case.ts";
import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** What came of a mutant. */
export interface Fate {
  mutant: Mutant;
  /** The case that noticed it; undefined: it survived. */
  killer?: LoadedCase;
  /** Why the Collector does not start with it: no mistake that anybody could make unnoticed. */
  refused?: string;
  /** How many cases it went through. */
  tried: number;
}

/**
 * Runs the cases on every mutant until one fails, the likeliest first. `cases` pass with `config` itself.
 * Rounds: first one case for each mutant, then more at a time for those that are left.
 */
export async function mutate(bench: Bench, config: Tree, cases: readonly LoadedCase[], progress: (done: number, all: number) => void): Promise<Fate[]> {
  const paths = new Map(cases.map((each) => [each, pathOf(config, bench.env, each)]));
  // In steps of 32 KiB: texts that long take the Collector longer than a start of its pipelines.
  const cost = new Map(cases.map((each) => [each, Math.floor(requestsOf(each, Date.now()).reduce((sum, { body }) => sum + body.length, 0) / 32_768)]));
  const fates = mutantsOf(config).map((mutant): Fate & { left: LoadedCase[] } => ({ mutant, tried: 0, left: cases.filter((each) => mutant.pipelines.some((id) => paths.get(each)?.has(id))) }));
  const kills = new Map<string, Map<LoadedCase, number>>();
  for (let batch = 1; ; batch *= 2) {
    const open = fates.filter(({ killer, refused, left }) => killer === undefined && refused === undefined && left.length > 0);
    progress(fates.length - open.length, fates.length);
    if (open.length === 0) break;
    const trials = open.flatMap((fate) => {
      const before = kills.get(fate.mutant.subject);
      // What has noticed something of the same subject; then what is soon done; then what looks at most exporters.
      fate.left.sort((a, b) => (before?.get(b) ?? 0) - (before?.get(a) ?? 0) || (cost.get(a) ?? 0) - (cost.get(b) ?? 0) || weight(b) - weight(a));
      return fate.left.splice(0, batch).map((each) => ({ fate, case: each, config: fate.mutant.config }));
    });
    const outcomes = await runTrials(bench, trials, { isMutant: true });
    for (const [index, { broken, differences }] of outcomes.entries()) {
      const { fate, case: each } = trials[index] as (typeof trials)[number];
      fate.tried++;
      if (fate.killer !== undefined || (broken === undefined && differences.length === 0)) continue;
      if (broken?.startsWith("The Collector ended at start")) fate.refused = broken;
      else {
        fate.killer = each;
        const subject = kills.get(fate.mutant.subject) ?? new Map<LoadedCase, number>();
        kills.set(fate.mutant.subject, subject.set(each, (subject.get(each) ?? 0) + 1));
      }
    }
  }
  return fates;
}

/** The pipelines that the data of a case can get to. */
function pathOf(config: Tree, env: Environment, each: LoadedCase): Set<string> {
  const doors = signalsOf(each).map((signal) => doorFor(config, env, signal, each.given.receiver));
  return new Set(reachable(config, env, doors).map(({ id }) => id));
}

const weight = ({ expect }: LoadedCase): number => Object.values(expect).filter((each) => each !== "nothing").length;
