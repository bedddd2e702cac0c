import { type Bench, type Loaded } from "../cases/bench.ts";
import type { LoadedCase } from "../cases/case-files.ts";
import { reportOutcomes } from "../cases/report.ts";
import { runTrials } from "../cases/run-case.ts";
import { CannotRun } from "../failure.ts";
import { mutate } from "./mutate.ts";
import { reportVerdict, verdictOf } from "./report.ts";
import { loadSurvivors } from "./survivors.ts";

/** `pipeline test --mutate`. Resolves with the exit code: 0 every mutant is noticed or explained, 1 not, 2 could not run. */
export async function mutateCommand(bench: Bench, { config, files }: Loaded, cases: readonly LoadedCase[], format: "human" | "json"): Promise<number> {
  const start = performance.now();
  const survivors = loadSurvivors(cases.map(({ place }) => place.file));
  const outcomes = await runTrials(bench, cases.map((each) => ({ config, case: each })));
  const failed = outcomes.filter(({ broken, differences }) => broken !== undefined || differences.length > 0);
  if (failed.length > 0) {
    console.log(reportOutcomes(failed, "human", performance.now() - start));
    throw new CannotRun("These cases fail without any mutant. Mend them first.");
  }
  const fates = await mutate(bench, config, cases, (done, all) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} mutants decided${done === all ? "\n" : ""}`);
  });
  const verdict = verdictOf(fates, survivors, files);
  const duration_ms = performance.now() - start;
  console.log(format === "json" ? JSON.stringify({ ...verdict, killers: fates.map(({ mutant, killer, refused }) => ({ mutant: mutant.name, killed_by: killer?.name, refused })), duration_ms: Math.round(duration_ms) }, null, 2) : reportVerdict(verdict, duration_ms));
  return verdict.survived.length + verdict.stale.length > 0 ? 1 : 0;
}
