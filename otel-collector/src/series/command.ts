import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { loadConfig, openBench } from "../cases/bench.ts";
import { at } from "../cases/case-files.ts";
import { type Job, runJobs } from "../cases/jobs.ts";
import { doorFor } from "../cases/reach.ts";
import { absolute, SAMPLES_DIR } from "../config/places.ts";
import { displayName } from "../config/config-file.ts";
import { probesOf } from "../diff/command.ts";
import { CannotRun, fileFault } from "../failure.ts";
import { plural } from "../plural.ts";
import { type Budget, loadBudget } from "./budget.ts";
import { blame, labelSets, type MetricSets } from "./label-sets.ts";
import { seriesOf } from "./prometheus-series.ts";

const DEFAULT_BUDGET = join(SAMPLES_DIR, "budget.yaml");

/** `pipeline series`. Resolves with the exit code: 0 within the budget, 1 beyond it, 2 (by CannotRun) could not count. */
export async function seriesCommand(paths: readonly string[], options: { config: string[]; budget?: string; write?: boolean; collector?: string; format: "human" | "json" }): Promise<number> {
  const probes = probesOf(paths.length > 0 ? paths : [join(SAMPLES_DIR, "platform.metrics.json")]);
  const budgetPath = options.budget === undefined ? DEFAULT_BUDGET : absolute(options.budget);
  const budget = options.write ? undefined : loadBudget(budgetPath);
  const { config } = loadConfig(options.config);
  const bench = await openBench(options.collector);
  const jobs = probes.map(({ requests, receiver }): Job => ({ config, requests: requests.map((request) => ({ ...request, receiver: doorFor(config, bench.env, request.signal, receiver).receiver })) }));
  const results = await runJobs(bench, jobs);
  const bodies = new Map<string, unknown[]>();
  for (const [index, { broken, bodies: came }] of results.entries()) {
    if (broken !== undefined) throw new CannotRun(`${probes[index]?.name}: ${broken}`);
    for (const [exporter, texts] of [...came].filter(([exporter]) => !/^(debug|nop)(\/|$)/.test(exporter))) bodies.set(exporter, [...(bodies.get(exporter) ?? []), ...texts.map((text) => JSON.parse(text) as unknown)]);
  }
  const counted = [...bodies].map(([exporter, own]) => ({ exporter, metrics: labelSets(seriesOf(own)) })).filter(({ metrics }) => metrics.length > 0);
  if (counted.length === 0) throw new CannotRun(`${probes.map(({ name }) => name).join(", ")}: no series came of it. Give a sample with metrics.`);
  if (options.write) {
    write(budgetPath, HEAD + stringify({ exporters: Object.fromEntries(counted.map(({ exporter, metrics }) => [exporter, Object.fromEntries(metrics.map(({ metric, sets }) => [metric, sets.length]))])) }));
    console.log(`${displayName(budgetPath)} written: ${counted.map(({ exporter, metrics }) => `${exporter} ${plural(metrics.length, "metric")}`).join(", ")}.`);
    return 0;
  }
  // Other exporters are none of its business: not every destination of metrics charges for series.
  const watched = counted.filter(({ exporter }) => exporter in (budget?.exporters ?? {}));
  const excess = watched.flatMap(({ exporter, metrics }) => beyond(exporter, metrics, budget as Budget));
  console.log(options.format === "json" ? asJson(watched, excess) : asTable(watched, excess, budget as Budget));
  return excess.length > 0 ? 1 : 0;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw fileFault(displayName(path), "written", error);
  }
}

const HEAD = "# Label sets that the samples may make, by exporter and metric as Prometheus shows it: `pipeline series` fails when there are more.\n# Exporters that are not named are not looked at.\n";

interface Excess {
  exporter: string;
  metric: string;
  sets: number;
  allowed: number;
  message: string;
}

function beyond(exporter: string, metrics: readonly MetricSets[], budget: Budget): Excess[] {
  return metrics.flatMap((each) => {
    const { metric, sets } = each;
    const allowed = budget.exporters[exporter]?.[metric] ?? 0;
    if (sets.length <= allowed) return [];
    const [worst] = blame(each);
    const cause = worst === undefined ? "" : worst.without < sets.length ? ` The label "${worst.label}" is to blame: it has ${plural(worst.values, "value")}; without it there are ${worst.without}.` : ` No single label is to blame: without any one of them there are as many.`;
    const isListed = budget.exporters[exporter]?.[metric] !== undefined;
    return [{ exporter, metric, sets: sets.length, allowed, message: `${at(budget.placeOf(exporter, metric))}: ${metric} has ${plural(sets.length, "label set")}, ${isListed ? `${allowed} allowed` : "not in the budget"}.${isListed ? cause : ""}` }];
  });
}

function asTable(counted: readonly { exporter: string; metrics: MetricSets[] }[], excess: readonly Excess[], budget: Budget): string {
  const lines = counted.flatMap(({ exporter, metrics }) => [
    `${exporter.padEnd(60)} label sets  budget  series`,
    ...metrics.map(({ metric, sets, series }) => `  ${metric.padEnd(58)} ${String(sets.length).padStart(10)}  ${String(budget.exporters[exporter]?.[metric] ?? "-").padStart(6)}  ${String(series).padStart(6)}`),
    "",
  ]);
  const total = counted.reduce((sum, { metrics }) => sum + metrics.reduce((own, { series }) => own + series, 0), 0);
  return [...lines, ...excess.map(({ message }) => `✗ ${message}`), `${total} series; ${excess.length === 0 ? "within the budget" : `${plural(excess.length, "metric")} beyond the budget`}.`].join("\n");
}

const asJson = (counted: readonly { exporter: string; metrics: MetricSets[] }[], excess: readonly Excess[]): string =>
  JSON.stringify({ exporters: counted.map(({ exporter, metrics }) => ({ exporter, metrics: metrics.map((each) => ({ metric: each.metric, label_sets: each.sets.length, series: each.series, labels: blame(each) })) })), beyond: excess }, null, 2);
