import { globSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { readCaseFiles, shown } from "../cases/case-file.ts";
import { asksByName, inputsOf } from "../cases/touch.ts";
import { root, type Metric } from "../files.ts";
import { readNamed, yamlFilesIn } from "../named-file.ts";
import { parseRuleFile, type RuleFile, type RuleNode } from "../rule-file.ts";
import { LINT_RULES } from "./all-rules.ts";
import { lint, type LintInput } from "./lint.ts";
import { lintReport, type LintFormat } from "./report.ts";

export type LintOptions = { metrics?: string; tests?: string; readers?: string[]; runbooks?: string; format: LintFormat };

const own = { rules: join(root, "prometheus"), metrics: join(root, "metrics.yml"), tests: join(root, "prometheus/tests"), runbooks: join(root, "runbooks"), readers: [join(root, "grafana"), join(root, "runbooks"), join(root, "README.md")] };

/** `monitoring lint`. Without paths: the project's own rules, with everything that belongs to them. Returns the exit code: 0 clean, 1 findings. */
export function lintCommand(paths: readonly string[], options: LintOptions): number {
  const input = paths.length === 0 ? readInput([own.rules], { ...own, ...withoutUndefined(options) }) : readInput(paths, options);
  const findings = lint(input);
  const have: Record<string, unknown> = { "--metrics": input.metrics, "--tests": input.tested, "--readers": input.readers };
  const off = LINT_RULES.flatMap(({ id, needs }) => (needs && have[needs] === undefined ? [{ rule: id, needs }] : []));
  const report = lintReport(findings, options.format, { files: input.files.length, rules: input.files.flatMap(({ rules }) => rules).length, off });
  if (report !== "") console.log(report);
  return findings.length === 0 ? 0 : 1;
}

/** Reads rules and what is given beside them. */
export function readInput(paths: readonly string[], { metrics, runbooks, tests, readers }: Omit<LintOptions, "format">): LintInput {
  const files = readRuleFiles(paths);
  return {
    files,
    metrics: metrics === undefined ? undefined : readCatalogue(metrics),
    runbooks: runbooks === undefined ? undefined : new Set(readdirSync(runbooks).filter((file) => file.endsWith(".md")).map((file) => basename(file, ".md"))),
    tested: tests === undefined ? undefined : testedBy(tests, files.flatMap(({ rules }) => rules)),
    readers: readers?.map(textOf).join("\n"),
  };
}

/**
 * The rule files among files and folders (searched to the bottom).
 * @throws {Error} when a path is not there, or a file named by itself holds no rules, or there are none at all.
 */
export function readRuleFiles(paths: readonly string[]): RuleFile[] {
  const files = paths.flatMap((path) => {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === undefined) throw new Error(`${path}: there is no such file or folder; name rule files, or a folder that holds them`);
    if (isFolder) return yamlFilesIn(path).flatMap((file) => parseRuleFile(shown(file), readNamed(file)) ?? []);
    const file = parseRuleFile(shown(path), readNamed(path));
    if (!file) throw new Error(`${path}: no rule file; it has no list "groups" at the top or below "spec"`);
    return [file];
  });
  if (files.length === 0) throw new Error(`${paths.join(", ")}: no rule file (*.yml, *.yaml with "groups") found`);
  return files;
}

/** A rule is tested when a case asks about it, or about a rule that reads it. */
function testedBy(folder: string, rules: readonly RuleNode[]): (rule: RuleNode) => boolean {
  const assertions = readCaseFiles([folder]).flatMap(({ cases }) => cases.flatMap((one) => one.assertions));
  const inputs = inputsOf(rules);
  const tested = rules.filter((rule) => assertions.some((assertion) => asksByName(assertion, rule))).flatMap((rule) => [...inputs.get(rule)!]);
  const places = new Set(tested.map(({ place }) => JSON.stringify(place)));
  return ({ place }) => places.has(JSON.stringify(place));
}

function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readNamed(path);
  return globSync("**/*.{json,md,yml,yaml}", { cwd: path }).map((file) => readNamed(join(path, file))).join("\n");
}

function readCatalogue(file: string): Metric[] {
  const catalogue = parse(readNamed(file)) as { metrics?: unknown } | null;
  if (!Array.isArray(catalogue?.metrics)) throw new Error(`${file}: no catalogue of metrics: it has no list "metrics"; monitoring/metrics.yml shows the shape`);
  return catalogue.metrics as Metric[];
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
