import { walk, type Binary, type Expr, type Selector } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

export const ratioWithoutSum: LintRule = {
  id: "ratio-without-sum",
  reason: "Each series is divided by the one with the very same labels: a share of itself, which is always 1, however few the errors are.",
  remedy: "Sum both sides by the labels you want the ratio for: sum by (job) (rate(x{...}[5m])) / sum by (job) (rate(x[5m])).",
  check: ({ rules }) =>
    rules.flatMap((rule) => [...walk(rule.tree)].flatMap(({ expr }) => {
      if (expr.kind !== "binary" || expr.op !== "/") return [];
      const [part, whole] = [plain(expr.left), plain(expr.right)];
      if (!part?.name || part.name.text !== whole?.name?.text) return [];
      const differing = differingLabels(part, whole).filter((label) => !isIgnored(expr, label));
      return differing.length > 0 ? [{ at: rule.exprPlace(expr.from), message: `${part.name.text} is divided by itself, series by series; the sides differ in ${differing.join(", ")}.` }] : [];
    })),
};

/** The selector of a side that nothing aggregates. */
function plain(expr: Expr): Selector | undefined {
  if (expr.kind === "selector") return expr;
  const vectors = expr.kind === "call" && !["absent", "absent_over_time", "scalar"].includes(expr.name) ? expr.args.filter(({ kind }) => kind !== "number" && kind !== "string") : [];
  return vectors.length === 1 ? plain(vectors[0]!) : undefined;
}

/** Labels that one side selects otherwise than the other. One value on each side is a join that can never match: the same mistake. */
function differingLabels(a: Selector, b: Selector): string[] {
  return [...written(a).symmetricDifference(written(b))].map((one) => one.split("\n")[0]!).filter((label, index, all) => all.indexOf(label) === index);
}

function isIgnored({ match }: Binary, label: string): boolean {
  return match !== undefined && match.labels.some(({ text }) => text === label) === (match.mode === "ignoring");
}

function written({ matchers }: Selector): Set<string> {
  return new Set(matchers.map(({ label, op, value }) => `${label}\n${op}${value}`));
}
