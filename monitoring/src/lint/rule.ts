import type { Metric } from "../files.ts";
import type { MetricLabels } from "../promql/labels.ts";
import type { Expr } from "../promql/tree.ts";
import type { Place, RuleNode } from "../rule-file.ts";

/** A rule with the tree of its expression. */
export type Parsed = RuleNode & { tree: Expr };

/** What lint rules look at. What is undefined was not given, and rules that need it say nothing. */
export type Context = {
  rules: readonly Parsed[];
  /** The catalogue: metric of each series name, as `http_..._bucket`. */
  series: ReadonlyMap<string, Metric> | undefined;
  /** Labels by metric, from the catalogue and from the recordings among `rules`. */
  labels: MetricLabels;
  /** Alerts that have a runbook. */
  runbooks: ReadonlySet<string> | undefined;
  /** True for a rule that a promtool case asserts something about. */
  tested: ((rule: RuleNode) => boolean) | undefined;
  /** Text of everything besides rules that may read a recording: dashboards, documents. */
  readers: string | undefined;
};

/** One place where a lint rule is broken. */
export type Hit = { at: Place; message: string };

/** A coded lint rule. RULES.md has the same id, reason and remedy, and a bad and a good example. */
export type LintRule = {
  id: string;
  /** What goes wrong when it is broken. */
  reason: string;
  /** What to do. */
  remedy: string;
  /** What has to be given for it to run: an option of `lint`. */
  needs?: "--metrics" | "--tests" | "--readers";
  check: (context: Context) => Hit[];
};

/** A broken lint rule at a place. */
export type Finding = Place & { rule: string; message: string; remedy: string };
