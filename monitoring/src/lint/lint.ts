import { seriesNames, type Metric } from "../files.ts";
import { labelsOf, type LabelSet, type MetricLabels } from "../promql/labels.ts";
import { parsePromql, PromqlError } from "../promql/tree.ts";
import type { RuleFile, RuleNode } from "../rule-file.ts";
import { LINT_RULES } from "./all-rules.ts";
import { allowances, allowFindings, isAllowed } from "./allow.ts";
import type { Context, Finding, Parsed } from "./rule.ts";

/** Everything a lint run needs; nothing is read from elsewhere. */
export type LintInput = Pick<Context, "runbooks" | "tested" | "readers"> & { files: readonly RuleFile[]; metrics: readonly Metric[] | undefined };

/** All findings, in the order of files and lines. */
export function lint({ files, metrics, ...given }: LintInput): Finding[] {
  const broken = files.flatMap(({ errors }) => errors.map(({ place, message }): Finding => ({ ...place, rule: "yaml-syntax", message, remedy: "Correct the YAML at this place; indentation is by spaces." })));
  const parsed = files.flatMap(({ rules }) => rules.map((rule) => withTree(rule)));
  const rules = parsed.filter((one): one is Parsed => "tree" in one);
  const syntax = parsed.filter((one): one is Finding => !("tree" in one));
  const series = metrics && new Map(metrics.flatMap((metric) => seriesNames(metric).map((name) => [name, metric] as const)));
  const context: Context = { ...given, rules, series, labels: metricLabels(rules, series) };
  const allowed = files.flatMap(allowances);
  const found = LINT_RULES.flatMap(({ id, remedy, check }) => check(context).map(({ at, message }): Finding => ({ ...at, rule: id, message, remedy })));
  const order = new Map(files.map(({ name }, index) => [name, index]));
  return distinct([...broken, ...syntax, ...allowFindings(allowed), ...found.filter((one) => !isAllowed(one, allowed))])
    .sort((a, b) => order.get(a.file)! - order.get(b.file)! || a.line - b.line || a.column - b.column);
}

function withTree(rule: RuleNode): Parsed | Finding {
  try {
    return { ...rule, tree: parsePromql(rule.expr) };
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    return { ...rule.exprPlace(error.at), rule: "promql-syntax", message: `${rule.name}: ${error.message}.`, remedy: "Correct the expression; `promtool check rules` says more." };
  }
}

/** Labels of the catalogue's metrics, and of recordings as their expressions give them. */
function metricLabels(rules: readonly Parsed[], series: Context["series"]): MetricLabels {
  const recordings = Map.groupBy(rules.filter(({ kind }) => kind === "record"), ({ name }) => name);
  const done = new Map<string, LabelSet | undefined>();
  const lookUp = (name: string): LabelSet | undefined => {
    if (done.has(name)) return done.get(name);
    done.set(name, undefined); // A recording that reads itself says nothing about its labels.
    const recorded = recordings.get(name)?.map(({ tree, labels }) => ({ set: labelsOf(tree, lookUp), own: Object.keys(labels) }));
    done.set(name, recorded ? together(name, recorded) : catalogued(name, series?.get(name)));
    return done.get(name);
  };
  return lookUp;
}

function together(recording: string, recorded: { set: LabelSet; own: string[] }[]): LabelSet | undefined {
  if (recorded.some(({ set }) => set.names === undefined)) return undefined;
  const names = new Set(recorded.flatMap(({ set, own }) => [...set.names!, ...own]));
  return { names, lost: new Map(), recording };
}

function catalogued(name: string, metric: Metric | undefined): LabelSet | undefined {
  return metric && { names: new Set(["job", "instance", ...metric.labels, ...(name.endsWith("_bucket") && metric.type === "histogram" ? ["le"] : [])]), lost: new Map() };
}

function distinct(findings: Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify([one.file, one.line, one.rule, one.message]), one])).values()];
}
