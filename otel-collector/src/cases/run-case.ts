import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { CannotRun, messageOf } from "../failure.ts";
import { didYouMean } from "../nearest.ts";
import type { Bench } from "./bench.ts";
import { at, type LoadedCase } from "./case-files.ts";
import { type Difference, differences } from "./compare.ts";
import { itemsOf } from "./items.ts";
import { type Bodies, type Job, type Result, runJobs } from "./jobs.ts";
import { requestsOf } from "./otlp-from-case.ts";
import { doorFor, exportersOf } from "./reach.ts";

/** What came of a case. */
export interface Outcome {
  case: LoadedCase;
  /** Differences with the exporter they are about; none: passed. */
  differences: (Difference & { exporter: string })[];
  /** Why it could not be run. */
  broken?: string;
  knobs: readonly string[];
  duration_ms: number;
}

/** A case to run with a configuration. */
export interface Trial {
  config: Tree;
  case: LoadedCase;
}

/** Gives each its data, and compares what came; outcomes in the order of the trials. Mutants may lack the receivers and exporters that a case names. */
export async function runTrials(bench: Bench, trials: readonly Trial[], { isMutant = false } = {}): Promise<Outcome[]> {
  const jobs = trials.map((trial) => orFault(() => jobOf(trial, bench.env, isMutant)));
  const runs = await runJobs(bench, jobs.filter((job) => typeof job !== "string" && job.requests.length > 0) as Job[]);
  return trials.map((trial, index): Outcome => {
    const job = jobs[index];
    if (typeof job !== "object") return { case: trial.case, differences: [], knobs: [], duration_ms: 0, broken: job ?? "" };
    const { bodies, broken, knobs, duration_ms } = job.requests.length === 0 ? NOTHING : (runs.shift() ?? NOTHING);
    if (broken !== undefined) return { case: trial.case, differences: [], knobs, duration_ms, broken };
    return { case: trial.case, differences: compare(trial.case, bodies), knobs, duration_ms };
  });
}

const NOTHING: Result = { bodies: new Map(), knobs: [], duration_ms: 0 };

function orFault<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    if (error instanceof CannotRun) return error.message;
    throw error;
  }
}

/** What a case asks to be sent. @throws CannotRun with the place when the configuration has no such receiver or exporter. */
export function jobOf({ config, case: each }: Trial, env: Environment, isMutant = false): Job {
  const known = exportersOf(config);
  for (const name of isMutant ? [] : Object.keys(each.expect)) {
    if (!known.includes(name)) throw new CannotRun(`${at(each.placeOf(["expect", name]))}: no pipeline has an exporter ${name}.${didYouMean(name, known)} There are: ${known.join(", ")}.`);
  }
  const { receiver } = each.given;
  const requests = requestsOf(each, Date.now()).flatMap((request) => {
    try {
      return [{ ...request, receiver: doorFor(config, env, request.signal, receiver).receiver }];
    } catch (error) {
      if (isMutant) return [];
      throw new CannotRun(`${at(each.placeOf(receiver === undefined ? ["given"] : ["given", "receiver"]))}: ${messageOf(error)}`);
    }
  });
  return { config, requests, isDone: (bodies) => compare(each, bodies).every(isFinal) };
}

const compare = (each: LoadedCase, bodies: Bodies): Outcome["differences"] =>
  Object.entries(each.expect).flatMap(([exporter, expected]) => {
    const texts = bodies.get(exporter) ?? [];
    const parsed = texts.map((text) => JSON.parse(text) as unknown);
    return differences(expected, { items: parsed.flatMap(itemsOf), text: texts.join("\n"), bodies: parsed }).map((difference) => ({ ...difference, exporter }));
  });

/** Whether waiting cannot help: something is there that was not to be. */
const isFinal = ({ path }: Difference): boolean => path.length === 0 || String(path[0]).startsWith("absent");
