import { hasLabel, labelsOf, vectorArgument } from "../../promql/labels.ts";
import { namesOf, selectorsOf, walk } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

export const quantileWithoutSumByLe: LintRule = {
  id: "quantile-without-sum-by-le",
  reason: "Without a sum there is one percentile for each route, status and instance, and not the percentile of the service; with a sum that drops `le` there are no buckets left and no answer at all.",
  remedy: "Write histogram_quantile(q, sum by (le, ...) (rate(..._bucket[5m]))).",
  check: ({ rules, labels }) =>
    rules.flatMap((rule) => [...walk(rule.tree)].flatMap(({ expr }) => {
      const argument = expr.kind === "call" && expr.name === "histogram_quantile" ? vectorArgument(expr) : undefined;
      // A native histogram has no le.
      if (!argument || !selectorsOf(argument).some((selector) => namesOf(selector).some((name) => name.endsWith("_bucket")))) return [];
      const summed = [...walk(argument)].some(({ expr: inner }) => inner.kind === "aggregate");
      if (!summed && selectorsOf(argument).every((selector) => namesOf(selector).every((name) => !name.includes(":")))) return [{ at: rule.exprPlace(expr.from), message: "The percentile is taken of each series for itself." }];
      return summed && !hasLabel(labelsOf(argument, labels), "le") ? [{ at: rule.exprPlace(argument.from), message: "The sum drops le, so the buckets cannot be told apart." }] : [];
    })),
};
