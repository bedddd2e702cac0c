import { absolute, CASES_DIR } from "../config/config-files.ts";
import { loadConfig, openBench } from "./bench.ts";
import { loadCases } from "./case-files.ts";
import { reportOutcomes, type TestFormat } from "./report.ts";
import { type Outcome, runTrials } from "./run-case.ts";

/** Options of `pipeline test`. */
export interface TestOptions {
  config: string[];
  collector?: string;
  format: TestFormat;
}

/** `pipeline test`. Resolves with the exit code: 0 passed, 1 failed, 2 could not run. */
export async function testCommand(paths: readonly string[], options: TestOptions): Promise<number> {
  const cases = loadCases(paths.length > 0 ? paths.map(absolute) : [CASES_DIR]);
  const { config } = loadConfig(options.config);
  const bench = await openBench(options.collector);
  const start = performance.now();
  const outcomes = await runTrials(bench, cases.map((each) => ({ config, case: each })));
  console.log(reportOutcomes(outcomes, options.format, performance.now() - start));
  return exitCodeOf(outcomes);
}

const exitCodeOf = (outcomes: readonly Outcome[]): number => {
  if (outcomes.some(({ broken }) => broken !== undefined)) return 2;
  return outcomes.some(({ differences }) => differences.length > 0) ? 1 : 0;
};
