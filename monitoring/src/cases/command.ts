import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { root } from "../files.ts";
import { parseRuleFile } from "../rule-file.ts";
import { readCaseFiles, shown, type Suite } from "./case-file.ts";
import { coverageOf } from "./coverage.ts";
import { mutate } from "./mutation.ts";
import { runPromtool } from "./promtool.ts";
import { explain, readSurvivors } from "./survivors.ts";
import { inputsOf } from "./touch.ts";
import { isGood, TEST_FORMATS, testReport, type TestFormat, type TestReport } from "./report.ts";

type Options = { mutate?: boolean; rule?: string[]; every: string; format: TestFormat };

/** Adds `monitoring test [rules]`. Exit code: 0 all is well, 1 a case fails, a rule is not covered or a mutant lives. */
export function addRulesTest(test: Command): void {
  test
    .command("rules", { isDefault: true })
    .description("run the promtool cases, say which rules they cover, and with --mutate whether they would notice a wrong rule")
    .argument("[paths...]", "case files and folders", [join(root, "prometheus/tests")])
    .option("--mutate", "change each threshold, duration, matcher, label and operator, and name the changes that no case notices")
    .option("--rule <names...>", "look at these rules only: names of alerts or recordings, or rule files")
    .option("--every <n>", "with --mutate: take each nth change only", "1")
    .addOption(new Option("--format <format>", "how to print the report").choices(TEST_FORMATS).default("human"))
    .action(async (paths: string[], options: Options) => {
      const report = await testRules(paths, options);
      console.log(testReport(report, options.format));
      if (!isGood(report)) process.exitCode = 1;
    });
}

/**
 * Runs the cases of `paths`.
 * @throws {Error} when a path is not there, holds no cases, or `rule` names none.
 */
export async function testRules(paths: readonly string[], { mutate: withMutants, rule: wanted, every }: Pick<Options, "mutate" | "rule" | "every">): Promise<TestReport> {
  const absent = paths.find((path) => !statSync(path, { throwIfNoEntry: false }));
  if (absent !== undefined) throw new Error(`${absent}: there is no such file or folder; name files of promtool cases, or a folder that holds them`);
  const files = readCaseFiles(paths.map((path) => resolve(path)));
  if (files.length === 0) throw new Error(`${paths.join(", ")}: no promtool cases (YAML with "rule_files" and "tests") found`);
  const read = new Map([...new Set(files.flatMap(({ rules }) => rules))].map((path) => [path, parseRuleFile(shown(path), readFileSync(path, "utf8"))?.rules ?? []] as const));
  const suites = files.map((file): Suite => {
    const loaded = file.rules.flatMap((path) => read.get(path)!);
    return { ...file, loaded, inputs: inputsOf(loaded) };
  });
  const rules = [...read.values()].flat().filter(({ name, place }) => !wanted || wanted.some((one) => one === name || resolve(one) === resolve(place.file)));
  if (rules.length === 0) throw new Error(`--rule ${wanted?.join(" ")}: the cases load no such rule or rule file`);
  const outcomes = await runPromtool(suites.filter(({ loaded }) => loaded.some((rule) => rules.includes(rule))).map(({ file }) => file));
  const coverage = coverageOf(rules, suites);
  const healthy = outcomes.every(({ broken, cases }) => broken === undefined && cases.every(({ failure }) => failure === undefined));
  // A case that fails already notices nothing.
  if (!withMutants || !healthy) return { outcomes, coverage, mutation: undefined };
  const step = Number(every) || 1;
  const known = readSurvivors(paths);
  const result = await mutate(rules, suites, step, progress);
  const { unexplained, explained, stale } = explain(result.survivors, known);
  // Of some rules, or some changes, nothing can be said about the entries of others.
  return { outcomes, coverage, mutation: { ...result, survivors: unexplained, explained, stale: step === 1 && !wanted ? stale : [] } };
}

function progress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} mutants${done === all ? "\n" : ""}`);
}
