import { hasLabel, labelsOf, lostAt, type LabelSet } from "../../promql/labels.ts";
import { selectorsOf, walk, type Binary, type Expr, type Word } from "../../promql/tree.ts";
import type { Place } from "../../rule-file.ts";
import type { Context, Parsed } from "../rule.ts";

/** A label that is used where the series do not have it. `lost`: the part of the expression that took it away, if it was there. */
export type MissingLabel = { label: string; at: Place; use: string; lost: Expr | undefined; recording: string | undefined; series: string; labels: string[]; rule: Parsed };

type Use = { label: string; from: number; use: string; set: LabelSet; of: Expr };

/** Every label that a rule uses in its expression or texts and that cannot be there. */
export function missingLabels({ rules, labels }: Context): MissingLabel[] {
  return rules.flatMap((rule) => {
    const inQuery = [...walk(rule.tree)].flatMap(({ expr, around }) => usesOf(expr, around, labels));
    const own = labelsOf(rule.tree, labels);
    const describe = ({ label, set, use, of }: Omit<Use, "from">, at: Place): MissingLabel => ({
      label, at, use, rule, lost: lostAt(set, label), recording: set.recording, series: of.kind === "selector" ? rule.expr.slice(of.from, of.to).split("{")[0]! : "", labels: [...(set.names ?? [])],
    });
    return [
      ...inQuery.filter(missing).map((use) => describe(use, rule.exprPlace(use.from))),
      ...textLabels(rule).filter(({ label }) => missing({ set: own, label })).map(({ label, key }) => describe({ label, set: own, use: `{{ $labels.${label} }}`, of: rule.tree }, rule.keyPlace(...key))),
    ];
  });
}

function missing({ set, label }: Pick<Use, "set" | "label">): boolean {
  return !hasLabel(set, label);
}

function usesOf(expr: Expr, around: readonly Expr[], known: Context["labels"]): Use[] {
  const use = (words: readonly Word[], text: string, of: Expr): Use[] => words.map(({ text: label, from }) => ({ label, from, use: text, set: labelsOf(of, known), of }));
  if (expr.kind === "selector") {
    // A matcher that is true of a missing label, such as x!="a", asks for nothing; but with no such label at all it is a slip all the same.
    return expr.matchers.filter(({ label }) => label !== "__name__").map(({ label, from }) => ({ label, from, use: "a matcher", set: labelsOf(expr, known), of: expr }));
  }
  if (expr.kind === "aggregate" && expr.mode === "by") {
    // le has a rule of its own.
    const inQuantile = around.some((one) => one.kind === "call" && one.name === "histogram_quantile");
    return expr.args.filter((arg) => arg.kind !== "number" && arg.kind !== "string").flatMap((arg) => use(expr.labels.filter(({ text }) => !(inQuantile && text === "le")), "by", onlySelector(arg)));
  }
  if (expr.kind === "call" && (expr.name === "label_replace" || expr.name === "label_join")) {
    const sources = expr.name === "label_replace" ? expr.args.slice(3, 4) : expr.args.slice(3);
    return sources.flatMap((arg) => (arg.kind === "string" && arg.text !== "" ? use([{ ...arg }], expr.name, expr.args[0]!) : []));
  }
  return expr.kind === "binary" ? matchingUses(expr, use) : [];
}

function matchingUses({ match, left, right, op }: Binary, use: (words: readonly Word[], text: string, of: Expr) => Use[]): Use[] {
  if (!match) return [];
  const on = match.mode === "on" ? match.labels : [];
  const one = match.group === "left" ? right : left;
  return [...use(on, "on", left), ...(op === "or" ? [] : use(on, "on", right)), ...use(match.include, `group_${match.group}`, one)];
}

/** The selector itself when functions alone are around it, so that a message can name the metric. */
function onlySelector(expr: Expr): Expr {
  const selectors = selectorsOf(expr);
  return selectors.length === 1 && expr.kind === "call" && !expr.name.startsWith("label_") && !expr.name.startsWith("absent") && expr.args.includes(selectors[0]!) ? selectors[0]! : expr;
}

/** Labels that texts and labels of a rule read from the result: `$labels.x`, `index $labels "x"`. What stands in `if` or `with` may be missing. */
function textLabels({ annotations, labels }: Parsed): { label: string; key: string[] }[] {
  const texts = [...Object.entries(annotations).map(([key, text]) => ({ key: ["annotations", key], text })), ...Object.entries(labels).map(([key, text]) => ({ key: ["labels", key], text }))];
  return texts.flatMap(({ key, text }) => {
    const optional = new Set([...text.matchAll(/\{\{-?\s*(?:else\s+)?(?:if|with)\s[^}]*?\$labels\.(\w+)/g)].map(([, label]) => label!));
    const read = [...text.matchAll(/\$labels\.(\w+)|index\s+\$labels\s+"([^"]+)"/g)].map(([, dotted, indexed]) => (dotted ?? indexed)!);
    return [...new Set(read)].filter((label) => !optional.has(label)).map((label) => ({ label, key }));
  });
}
