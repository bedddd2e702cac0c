import { absolute, CASES_DIR, CONFIG_DIR } from "../config/places.ts";
import { CannotRun } from "../failure.ts";
import { mutateCommand } from "../mutate/command.ts";
import { type Bench, loadConfig, openBench } from "./bench.ts";
import { loadCases, samplesOf } from "./case-files.ts";
import type { TestFormat } from "../formats.ts";
import { reportOutcomes } from "./report.ts";
import { type Outcome, runTrials } from "./run-case.ts";
import { watchFiles } from "./watch.ts";

/** Options of `pipeline test`. */
export interface TestOptions {
  config: string[];
  collector?: string;
  format: TestFormat;
  mutate?: boolean;
  watch?: boolean;
}

/** `pipeline test`. Resolves with the exit code: 0 passed, 1 failed, 2 could not run; with `watch`, never. */
export async function testCommand(paths: readonly string[], options: TestOptions): Promise<number> {
  const casePaths = paths.length > 0 ? paths.map(absolute) : [CASES_DIR];
  if (options.mutate && options.format === "junit") throw new CannotRun("--mutate reports as human or json, not as junit.");
  if (!options.watch) {
    // Mistakes in files first: they need no Collector.
    loadCases(casePaths);
    loadConfig(options.config);
    return run(await openBench(options.collector), casePaths, options);
  }
  const bench = await openBench(options.collector);
  return watchFiles(
    () => [...casePaths, ...samplesOf(casePaths), ...(options.config.length > 0 ? options.config.map(absolute) : [CONFIG_DIR])],
    () => run(bench, casePaths, options),
  );
}

async function run(bench: Bench, casePaths: readonly string[], options: TestOptions): Promise<number> {
  const cases = loadCases(casePaths);
  const loaded = loadConfig(options.config);
  if (options.mutate) return mutateCommand(bench, loaded, cases, options.format === "json" ? "json" : "human");
  const start = performance.now();
  const outcomes = await runTrials(bench, cases.map((each) => ({ config: loaded.config, case: each })));
  console.log(reportOutcomes(outcomes, options.format, performance.now() - start));
  return exitCodeOf(outcomes);
}

const exitCodeOf = (outcomes: readonly Outcome[]): number => {
  if (outcomes.some(({ broken }) => broken !== undefined)) return 2;
  return outcomes.some(({ differences }) => differences.length > 0) ? 1 : 0;
};
