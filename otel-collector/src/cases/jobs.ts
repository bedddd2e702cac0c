import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { boot, freePorts, isPassing } from "./boot.ts";
import type { Request } from "./otlp-from-case.ts";
import { portsNeeded, rewrite } from "./rewrite.ts";
import { openSinks } from "./sinks.ts";
import { CannotRun, messageOf } from "../failure.ts";
import type { Tree } from "../config/merge.ts";

/** Requests for a configuration. */
export interface Job {
  config: Tree;
  requests: readonly (Request & { receiver: string })[];
  /** Whether waiting is of no further use, where a stop does not bring out everything. Default: when nothing comes any more. */
  isDone?: (bodies: Bodies) => boolean;
}

/** OTLP/JSON by exporter, in the order it came. */
export type Bodies = ReadonlyMap<string, readonly string[]>;

/** What came of a job. */
export interface Result {
  bodies: Bodies;
  /** Why it could not be run. */
  broken?: string;
  knobs: readonly string[];
  /** Its share of the time the Collector ran. */
  duration_ms: number;
}

/** Boots that overlap. More do not help two cores, and one at a time waits for nothing half the time. */
const BOOTS_AT_ONCE = 2;
/** Jobs in one Collector: a start costs as much as ten copies, and what keeps one copy from starting is to be found among few. */
const JOBS_PER_BOOT = 25;
/** Requests that need more have a Collector of their own: `memory_limiter` looks at the whole process. */
const BYTES_PER_BOOT = 1024 * 1024;

/** Runs each job in pipelines of its own; many share a Collector. Results are in the order of the jobs; a fault is in `broken`. */
export async function runJobs(bench: Bench, jobs: readonly Job[]): Promise<Result[]> {
  const results: Result[] = [];
  const groups = grouped(jobs);
  const worker = async (): Promise<void> => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      const came = await runGroup(bench, group.map((index) => jobs[index] as Job));
      for (const [n, index] of group.entries()) results[index] = came[n] as Result;
    }
  };
  await Promise.all(Array.from({ length: BOOTS_AT_ONCE }, worker));
  return results;
}

function grouped(jobs: readonly Job[]): number[][] {
  const size = Math.min(JOBS_PER_BOOT, Math.ceil(jobs.length / BOOTS_AT_ONCE));
  const groups: number[][] = [];
  let bytes = 0;
  for (const [index, { requests }] of jobs.entries()) {
    const weight = requests.reduce((sum, { body }) => sum + body.length, 0);
    const last = groups.at(-1);
    if (last && last.length < size && bytes + weight <= BYTES_PER_BOOT) {
      last.push(index);
      bytes += weight;
    } else {
      groups.push([index]);
      bytes = weight;
    }
  }
  return groups;
}

/** All in one Collector. When it does not start, or does not live, each half has one, and so on, until it is clear whose fault it is. */
async function runGroup(bench: Bench, jobs: readonly Job[], attempts = 5): Promise<Result[]> {
  const start = performance.now();
  try {
    return await runTogether(bench, jobs);
  } catch (error) {
    if (attempts > 1 && isPassing(messageOf(error))) return runGroup(bench, jobs, attempts - 1);
    if (jobs.length === 1) return [{ bodies: new Map(), knobs: [], broken: messageOf(error), duration_ms: performance.now() - start }];
    const half = Math.ceil(jobs.length / 2);
    return [...(await runGroup(bench, jobs.slice(0, half))), ...(await runGroup(bench, jobs.slice(half)))];
  }
}

async function runTogether(bench: Bench, jobs: readonly Job[]): Promise<Result[]> {
  const start = performance.now();
  const copies = jobs.map(({ config, requests }) => ({ config, doors: requests.map(({ receiver, signal }) => ({ receiver, signal })) }));
  const sinks = await openSinks();
  try {
    const test = rewrite(copies, bench.env, bench.components, { ports: await freePorts(portsNeeded(copies)), sinkUrl: sinks.url });
    const bodiesOf = (index: number): Bodies => new Map((test.exporters[index] ?? []).map((exporter, n) => [exporter, sinks.bodies.get(`${index}/${n}`) ?? []]));
    // JSON is YAML, and a hundred times as fast to write.
    const configPath = join(bench.folder, `${randomUUID()}.yaml`);
    await writeFile(configPath, JSON.stringify(test.config));
    const collector = boot(bench.collector, configPath, bench.env);
    const refused: (string | undefined)[] = [];
    try {
      await Promise.all(
        jobs.map(async ({ requests }, index) => {
          try {
            for (const request of requests) await collector.send(test.ports[index]?.get(request.receiver) ?? 0, request);
          } catch (error) {
            // When it is gone, that is not this job's fault alone; the stop says so.
            if (collector.hasEnded() || isPassing(messageOf(error)) || !(error instanceof CannotRun)) throw error;
            refused[index] = error.message;
          }
        }),
      );
      if (test.settle_ms > 0) await settle(test.settle_ms, () => jobs.map(({ isDone }, index) => isDone?.(bodiesOf(index))), () => [...sinks.bodies.values()].reduce((sum, { length }) => sum + length, 0));
      await collector.stop();
    } finally {
      collector.kill();
    }
    const duration_ms = (performance.now() - start) / jobs.length;
    return jobs.map((_job, index) => ({ bodies: bodiesOf(index), knobs: test.knobs, duration_ms, ...(refused[index] === undefined ? {} : { broken: refused[index] }) }));
  } finally {
    await sinks.close();
  }
}

/** Waits for at least `least_ms`, then until every job is done; a slow machine has ten times as long. Jobs that cannot tell wait until nothing comes. */
async function settle(least_ms: number, areDone: () => (boolean | undefined)[], received: () => number): Promise<void> {
  const deadline = Date.now() + 10 * least_ms;
  for (let before = -1; before !== received(); ) {
    before = received();
    await wait(least_ms);
    if (Date.now() > deadline) return;
  }
  while (areDone().includes(false) && Date.now() < deadline) await wait(50);
}
