import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentsOf, findCollector } from "../binary.ts";
import { absolute, CASES_DIR, readConfig } from "../config/config-files.ts";
import { environmentUses } from "../config/environment.ts";
import { mergeFiles, type Tree } from "../config/merge.ts";
import { pipelinesOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import { killRunning } from "./boot.ts";
import { at, loadCases } from "./case-files.ts";
import { reportOutcomes, type TestFormat } from "./report.ts";
import { type Bench, type Outcome, runCase } from "./run-case.ts";

/** Boots that overlap. More do not help two cores, and one at a time waits for nothing half the time. */
const AT_ONCE = 3;

/** `pipeline test`. Resolves with the exit code: 0 passed, 1 failed, 2 could not run. */
export async function testCommand(paths: readonly string[], options: { config: string[]; collector?: string; format: TestFormat }): Promise<number> {
  const cases = loadCases(paths.length > 0 ? paths.map(absolute) : [CASES_DIR]);
  const files = readConfig(options.config);
  const fault = files.flatMap(({ errors }) => errors)[0];
  if (fault) throw new CannotRun(`${at(fault.place)}: ${fault.message} \`pipeline check\` says more.`);
  const config = mergeFiles(files);
  const collector = findCollector(options.collector);
  const components = await componentsOf(collector);
  if (pipelinesOf(config).length === 0) throw new CannotRun(`${files.map(({ name }) => name).join(", ")}: no pipeline in service.pipelines. Are these all files?`);
  refuseUnset(files, config);
  const bench: Bench = { collector, components, config, env: process.env, folder: mkdtempSync(join(tmpdir(), "pipeline-test-")) };
  // Nothing is left behind, however this ends.
  process.once("exit", () => {
    killRunning();
    rmSync(bench.folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(2));
  const outcomes = await inTurn(cases, (each) => runCase(bench, each));
  console.log(reportOutcomes(outcomes, options.format));
  if (outcomes.some(({ broken }) => broken !== undefined)) return 2;
  return outcomes.some(({ differences }) => differences.length > 0) ? 1 : 0;
}

/** A variable that is not set matters where it is still in force: in processors and connectors. */
function refuseUnset(files: ReturnType<typeof readConfig>, config: Tree): void {
  const kept = JSON.stringify([config["processors"], config["connectors"]]);
  const use = files.flatMap(environmentUses).find(({ name, fallback }) => fallback === undefined && !process.env[name] && kept.includes(`{env:${name}}`));
  if (use) throw new CannotRun(`${at(use.place)}: ${use.name} is not set, and a processor needs it. Set it for the test.`);
}

/** Runs `work` on each, some at once; results in the order of the input. */
async function inTurn<T>(inputs: readonly T[], work: (input: T) => Promise<Outcome>): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < inputs.length; index = next++) outcomes[index] = await work(inputs[index] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcomes;
}
