import type { Metric } from "../../files.ts";
import { namesOf, walk, type Expr } from "../../promql/tree.ts";
import type { Context, LintRule, Parsed } from "../rule.ts";

/** Functions that know of counters, or look at something else than the value. */
const fitting = new Set(["rate", "irate", "increase", "resets", "changes", "absent", "absent_over_time", "present_over_time", "count_over_time", "timestamp", "first_over_time", "ts_of_last_over_time"]);
const counting = new Set(["count", "group", "count_values"]);

export const counterWithoutRate: LintRule = {
  id: "counter-without-rate",
  reason: "A counter only rises, and begins at 0 again when its process does: its value says how long the process has been running.",
  remedy: "Put rate(...[5m]) or increase(...[5m]) around it, inside of any sum.",
  check: ({ rules, series }) =>
    rules.flatMap((rule) => [...walk(rule.tree)].flatMap(({ expr, around }) => {
      if (expr.kind !== "selector" || isCopy(rule, series) || around.some(fits) || comparedWithItself(expr, around)) return [];
      const counter = namesOf(expr).find((name) => isCounter(name, series));
      return counter === undefined ? [] : [{ at: rule.exprPlace(expr.from), message: `${counter} is a counter and is read as it stands.` }];
    })),
};

function isCounter(name: string, series: ReadonlyMap<string, Metric> | undefined): boolean {
  const type = series?.get(name)?.type;
  return type ? type === "counter" || type === "histogram" : /^[^:]+_(total|bucket)$/.test(name);
}

function fits(expr: Expr): boolean {
  return (expr.kind === "call" && fitting.has(expr.name)) || (expr.kind === "aggregate" && counting.has(expr.op));
}

/** A counter that is recorded under another counter's name stays one. */
function isCopy({ kind, name }: Parsed, series: Context["series"]): boolean {
  return kind === "record" && (isCounter(name, series) || /_(count|sum)$/.test(name));
}

/** `x > x offset 5m`, `unless x offset 5m`: whether it moved, or was born, is asked, not how high it is. */
function comparedWithItself(expr: Expr, around: readonly Expr[]): boolean {
  const parent = around.at(-1);
  if (expr.kind !== "selector" || parent?.kind !== "binary" || !["unless", "and"].includes(parent.op)) return false;
  return parent.left.kind === "selector" && parent.right.kind === "selector" && parent.left.name?.text === parent.right.name?.text;
}
