import type { Bench } from "../cases/bench.ts";
import type { Signal } from "../cases/case.ts";
import { type Job, type Result, runJobs } from "../cases/jobs.ts";
import type { Request } from "../cases/otlp-from-case.ts";
import { doorFor } from "../cases/reach.ts";
import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { CannotRun } from "../failure.ts";
import { type Change, changesOf, distinct, pair } from "../records/pair.ts";
import { type OtlpRecord, recordsOf } from "../records/records.ts";
import { asSelector, seriesOf } from "../series/prometheus-series.ts";

/** Something to send through both sides. */
export interface Probe {
  name: string;
  requests: readonly Request[];
  receiver: string | undefined;
}

/** What an exporter gets otherwise, for one probe. */
export interface BehaviourChange {
  probe: string;
  exporter: string;
  before: number;
  after: number;
  lost: OtlpRecord[];
  gained: OtlpRecord[];
  changed: { name: string; changes: Change[] }[];
  series: { lost: string[]; gained: string[] };
}

/**
 * Sends every probe through both configurations and tells what each exporter gets otherwise. Each runs twice:
 * what differs between two runs of one side (times, random ids) says nothing.
 * @throws CannotRun when a side does not start.
 */
export async function behaviourOf(bench: Bench, a: Tree, b: Tree, probes: readonly Probe[]): Promise<BehaviourChange[]> {
  const jobs = probes.flatMap((probe) => [a, a, b, b].map((config): Job => ({ config, requests: routed(config, bench.env, probe) })));
  const runnable = jobs.filter(({ requests }) => requests.length > 0);
  const runs = new Map((await runJobs(bench, runnable)).map((run, index) => [runnable[index], run]));
  const result = (index: number): Result => runs.get(jobs[index] as Job) ?? { bodies: new Map(), knobs: [], duration_ms: 0 };
  return probes.flatMap((probe, index) => {
    const [one, two, other, fourth] = [0, 1, 2, 3].map((each) => result(4 * index + each)) as [Result, Result, Result, Result];
    for (const [side, { broken }] of [["A", one], ["B", other]] as const) if (broken !== undefined) throw new CannotRun(`${side} cannot take "${probe.name}": ${broken}`);
    const exporters = [...new Set([...one.bodies.keys(), ...other.bodies.keys()])];
    return exporters.flatMap((exporter) => {
      const [before, beforeAgain, after, afterAgain] = [one, two, other, fourth].map((run) => seen(run, exporter)) as [Seen, Seen, Seen, Seen];
      const unsteady = new Set([...unsteadyFields(before, beforeAgain), ...unsteadyFields(after, afterAgain)]);
      const steady = ({ records }: Seen): OtlpRecord[] => records.map((record) => ({ ...record, fields: new Map([...record.fields].filter(([field]) => !unsteady.has(field))) }));
      const { pairs, lost, gained } = pair(steady(before), steady(after));
      const changed = pairs.map(([was, is]) => ({ name: is.name, changes: changesOf(was, is) })).filter(({ changes }) => changes.length > 0);
      const come = after.series.difference(before.series).difference(beforeAgain.series);
      const gone = before.series.difference(after.series).difference(afterAgain.series);
      const series = { lost: [...gone].filter((each) => beforeAgain.series.has(each)), gained: [...come].filter((each) => afterAgain.series.has(each)) };
      if (lost.length + gained.length + changed.length + series.lost.length + series.gained.length === 0) return [];
      return [{ probe: probe.name, exporter, before: before.records.length, after: after.records.length, lost, gained, changed, series }];
    });
  });
}

/** What an exporter has got in one run. */
interface Seen {
  records: OtlpRecord[];
  series: Set<string>;
}

function seen({ bodies, knobs }: Result, exporter: string): Seen {
  const parsed = (bodies.get(exporter) ?? []).map((text) => JSON.parse(text.replace(EVEN_MASKS, "****")) as unknown);
  const records = parsed.flatMap(recordsOf);
  return { records: knobs.length > 0 ? distinct(records) : records, series: new Set(seriesOf(parsed).map(asSelector)) };
}

/** `redaction` tries its patterns in an order that changes: two that meet leave four asterisks or eight. */
const EVEN_MASKS = /\*{5,}/g;

const unsteadyFields = (one: Seen, two: Seen): string[] => pair(one.records, two.records).pairs.flatMap(([was, is]) => changesOf(was, is)).map(({ field }) => field);

/** Requests that the configuration has a receiver for; what it has none for gets nowhere. */
function routed(config: Tree, env: Environment, { requests, receiver }: Probe): Job["requests"] {
  return requests.flatMap((request) => {
    const door = doorOrNone(config, env, request.signal, receiver) ?? doorOrNone(config, env, request.signal, undefined);
    return door === undefined ? [] : [{ ...request, receiver: door }];
  });
}

function doorOrNone(config: Tree, env: Environment, signal: Signal, receiver: string | undefined): string | undefined {
  try {
    return doorFor(config, env, signal, receiver).receiver;
  } catch {
    return undefined;
  }
}
