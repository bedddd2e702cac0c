import type { Bench } from "../cases/bench.ts";
import { type Job, type Result, runJobs } from "../cases/jobs.ts";
import { doorFor, reachable } from "../cases/reach.ts";
import type { Environment } from "../config/environment.ts";
import { type Tree, treeAt } from "../config/merge.ts";
import { internalLinks, type Pipeline, pipelinesOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import { type Change, changesOf, distinct, identityOf, pair } from "../records/pair.ts";
import { type OtlpRecord, recordsOf } from "../records/records.ts";
import { type Stage, takeApart } from "./stages.ts";
import type { Subject } from "./subject.ts";

/** What one stage did. */
export interface StageReport extends Stage {
  before: OtlpRecord[];
  after: OtlpRecord[];
  dropped: OtlpRecord[];
  /** Records that are new, as those of a connector that counts. */
  made: OtlpRecord[];
  changed: { record: OtlpRecord; changes: Change[] }[];
}

/** What an exporter got, and how that differs from what was given. */
export interface ArrivalReport {
  exporter: string;
  count: number;
  changed: { field: string; records: number; from: string | undefined; to: string | undefined; stage: StageReport | undefined }[];
}

/** What became of the subject on its way. */
export interface Explanation {
  name: string;
  stages: StageReport[];
  arrivals: ArrivalReport[];
  /** Exporters that a pipeline leads to, over connectors. */
  leadsTo: Map<string, string[]>;
  /** Why statements are not shown one by one. */
  note: string | undefined;
}

/** Sends the subject through the pipelines taken apart. @throws CannotRun when the Collector does not do it. */
export async function explain(bench: Bench, config: Tree, subject: Subject): Promise<Explanation> {
  if (!bench.components.connectors.includes("forward")) throw new CannotRun("`why` needs the forward connector, which this Collector lacks. Give another with --collector.");
  const requests = subject.requests.map((request) => ({ ...request, receiver: doorFor(config, bench.env, request.signal, subject.receiver).receiver }));
  const pipelines = reachable(config, bench.env, requests);
  const fine = takeApart(config, pipelines, true);
  const coarse = takeApart(config, pipelines, false);
  const [whole, byStatement, byProcessor] = await runJobs(bench, [config, fine.config, coarse.config].map((each): Job => ({ config: each, requests })));
  if (!whole || !byStatement || !byProcessor) throw new Error("A job without a result.");
  if (whole.broken !== undefined) throw new CannotRun(whole.broken);
  // Statements that lean on each other may do something else alone. The outcome tells.
  const isFaithful = byStatement.broken === undefined && isSame(whole, byStatement);
  const used = isFaithful ? byStatement : byProcessor;
  if (used.broken !== undefined) throw new CannotRun(used.broken);
  const { stages } = isFaithful ? fine : coarse;
  const reports = stages.map((stage, index) => stageReport(stage, stages[index - 1], used));
  return {
    name: subject.name,
    stages: reports,
    arrivals: arrivals(config, pipelines, bench.env, reports, subject, whole),
    leadsTo: new Map(pipelines.map((pipeline) => [pipeline.id, leadsTo(config, bench.env, pipelines, pipeline)])),
    note: isFaithful ? undefined : "Taken apart by statement, the outcome was another one, so processors are shown as a whole.",
  };
}

const TIMES = /time_?unix_?nano$/i;

/** Whether two runs brought the same, but for times, which are never the same. */
const isSame = (one: Result, other: Result): boolean => [...one.bodies.keys()].every((exporter) => contentsAt(one, exporter) === contentsAt(other, exporter));

const contentsAt = (result: Result, exporter: string): string => JSON.stringify(recordsAt(result, exporter).map(identityOf).sort());

function recordsAt({ bodies, knobs }: Result, exporter: string): OtlpRecord[] {
  const records = (bodies.get(exporter) ?? []).flatMap((text) => recordsOf(JSON.parse(text)));
  return knobs.length > 0 ? distinct(records) : records;
}

function stageReport(stage: Stage, previous: Stage | undefined, run: Result): StageReport {
  const after = recordsAt(run, stage.tap);
  const before = stage.step === undefined || previous === undefined ? [] : recordsAt(run, previous.tap);
  const { pairs, lost, gained } = pair(before, stage.step === undefined ? [] : after);
  const changed = pairs.map(([was, is]) => ({ record: is, changes: changesOf(was, is) })).filter(({ changes }) => changes.length > 0);
  return { ...stage, before, after, dropped: lost, made: stage.step === undefined ? [] : gained, changed };
}

function leadsTo(config: Tree, env: Environment, pipelines: readonly Pipeline[], from: Pipeline, seen = new Set<string>()): string[] {
  seen.add(from.id);
  const connectors = treeAt(config, "connectors");
  const links = internalLinks(config, env);
  const next = pipelines.filter(({ id, receivers }) => !seen.has(id) && from.exporters.some((exporter) => (exporter in connectors && receivers.includes(exporter)) || links.some((link) => link.exporter === exporter && receivers.includes(link.receiver))));
  return [...new Set([...from.exporters.filter((id) => !(id in connectors)), ...next.flatMap((each) => leadsTo(config, env, pipelines, each, seen))])];
}

/** For each exporter, the difference between what was given and what came, with the last stage that had a hand in it. */
function arrivals(config: Tree, pipelines: readonly Pipeline[], env: Environment, stages: readonly StageReport[], subject: Subject, run: Result): ArrivalReport[] {
  const given = subject.requests.flatMap(({ body }) => recordsOf(JSON.parse(body)));
  const connectors = treeAt(config, "connectors");
  const exporters = [...new Set(pipelinesOf(config).filter(({ id }) => pipelines.some((each) => each.id === id)).flatMap((each) => each.exporters.filter((id) => !(id in connectors))))];
  return exporters.map((exporter) => {
    const came = recordsAt(run, exporter);
    const onTheWay = new Set(pipelines.filter((each) => leadsTo(config, env, pipelines, each).includes(exporter)).map(({ id }) => id));
    const fields = new Map<string, { records: number; change: Change }>();
    for (const [was, is] of pair(given.filter(({ signal }) => came.some((each) => each.signal === signal)), came).pairs) {
      for (const change of changesOf(was, is)) {
        if (TIMES.test(change.field)) continue;
        const known = fields.get(change.field);
        fields.set(change.field, { records: (known?.records ?? 0) + 1, change: known?.change ?? change });
      }
    }
    return {
      exporter,
      count: came.length,
      changed: [...fields].map(([field, { records, change }]) => ({ field, records, from: change.from, to: change.to, stage: stages.findLast((stage) => onTheWay.has(stage.pipeline) && stage.changed.some(({ changes }) => changes.some((each) => each.field === field))) })),
    };
  });
}
