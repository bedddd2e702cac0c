import { dirname, relative, resolve } from "node:path";
import { globSync, statSync } from "node:fs";
import { isNode } from "yaml";
import { readNamed, yamlFilesIn } from "../named-file.ts";
import type { RuleNode } from "../rule-file.ts";
import { parsePromql, selectorsOf, namesOf, type Selector } from "../promql/tree.ts";
import { parseYaml } from "../yaml-syntax.ts";

/** One assertion of a promtool case, in the terms that coverage and mutation need. */
export type Assertion = {
  /** What it asks about: selectors of a query, or `ALERTS{alertname="..."}` for an alert_rule_test. */
  selectors: Selector[];
  /** Labels of each expected sample or alert; none: it expects silence. */
  expected: Record<string, string>[];
  /** It compares annotations. */
  texts: boolean;
  evalTime: string;
};

/** A test group of promtool, as written (`raw`), and its assertions. */
export type Case = { name: string; raw: Record<string, unknown>; assertions: Assertion[] };

/** A file of cases. `rules`: absolute paths of the rule files it loads. `settings`: everything besides rule_files and tests. */
export type CaseFile = { file: string; rules: string[]; settings: Record<string, unknown>; cases: Case[] };

/** A case file with the rules it loads, and for each the recordings it reads, with itself. */
export type Suite = CaseFile & { loaded: readonly RuleNode[]; inputs: Map<RuleNode, Set<RuleNode>> };

type Raw = { rule_files?: string[]; tests?: RawCase[] } & Record<string, unknown>;
type RawCase = {
  name?: string;
  promql_expr_test?: { expr: string; eval_time: string; exp_samples?: { labels?: string }[] | null }[];
  alert_rule_test?: { alertname: string; eval_time: string; exp_alerts?: { exp_labels?: Record<string, string>; exp_annotations?: Record<string, string> }[] | null }[];
};

/**
 * Case files among files and folders (searched to the bottom): YAML with `rule_files` and `tests`.
 * @throws {Error} with file and line, for what is not YAML, a query that is not PromQL, and rule files that are not there
 */
export function readCaseFiles(paths: readonly string[]): CaseFile[] {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? yamlFilesIn(path) : [path]));
  return files.flatMap((file) => {
    const read = parseYaml(readNamed(file));
    if ("problem" in read) throw new Error(`${shown(file)}:${read.problem.line}: ${read.problem.message}`);
    const { document, lines } = read;
    const wrongAt = (path: (string | number)[], message: string): Error => {
      const node = document.getIn(path, true);
      return new Error(`${shown(file)}:${lines.linePos((isNode(node) && node.range?.[0]) || 0).line}: ${message}`);
    };
    const raw = document.toJS() as Raw | null;
    if (!raw?.tests || !raw.rule_files) return [];
    const { rule_files, tests, ...settings } = raw;
    const rules = rule_files.flatMap((pattern, index) => {
      const found = globSync(resolve(dirname(file), pattern));
      if (found.length === 0) throw wrongAt(["rule_files", index], `there is no rule file ${pattern}; its path begins at the folder of this file`);
      return found;
    }).sort();
    return [{ file, rules, settings, cases: tests.map((test, index) => caseOf(test, index, (path, message) => wrongAt(["tests", index, ...path], message))) }];
  });
}

/** Path of a case or rule file as people see it. */
export function shown(file: string): string {
  return relative(process.cwd(), file) || file;
}

function caseOf(raw: RawCase, index: number, wrongAt: (path: (string | number)[], message: string) => Error): Case {
  const read = (text: string, ...path: (string | number)[]): Selector[] => {
    try {
      return selectorsOf(parsePromql(text));
    } catch (error) {
      throw wrongAt(path, (error as Error).message);
    }
  };
  const queries = (raw.promql_expr_test ?? []).map(({ expr, eval_time, exp_samples }, nth): Assertion => ({
    selectors: read(expr, "promql_expr_test", nth, "expr"), expected: (exp_samples ?? []).map(({ labels }) => labelsOfSample(labels ?? "")), texts: false, evalTime: String(eval_time),
  }));
  const alerts = (raw.alert_rule_test ?? []).map(({ alertname, eval_time, exp_alerts }): Assertion => ({
    selectors: selectorsOf(parsePromql(`ALERTS{alertname="${alertname}",alertstate="firing"}`)),
    expected: (exp_alerts ?? []).map(({ exp_labels }) => ({ alertname, alertstate: "firing", ...exp_labels })),
    texts: (exp_alerts ?? []).some(({ exp_annotations }) => exp_annotations !== undefined),
    evalTime: String(eval_time),
  }));
  return { name: raw.name ?? `case ${index + 1}`, raw: raw as Record<string, unknown>, assertions: [...queries, ...alerts] };
}

/** Labels of a sample as promtool writes them, `name{a="b"}`. */
function labelsOfSample(text: string): Record<string, string> {
  if (!/\w/.test(text)) return {};
  const [selector] = selectorsOf(parsePromql(text));
  const name = selector ? namesOf(selector)[0] : undefined;
  return { ...(name ? { __name__: name } : {}), ...Object.fromEntries((selector?.matchers ?? []).map(({ label, value }) => [label, value])) };
}
