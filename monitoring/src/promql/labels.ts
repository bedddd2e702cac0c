import { namesOf, type Aggregate, type Binary, type Call, type Expr, type Selector } from "./tree.ts";

/**
 * Labels that the series of an expression may have: exactly `names`, or (`names` undefined) any but the `lost`. `lost` says which part of
 * the expression took a label away; `lostRest` took all that are not named. `sure`: an aggregation lists the names.
 */
export type LabelSet = { names: Set<string> | undefined; lost: Map<string, Expr>; lostRest?: Expr | undefined; sure?: boolean; recording?: string };

/** Labels of a metric by its name; undefined when nothing is known about it. */
export type MetricLabels = (name: string) => LabelSet | undefined;

const anything: LabelSet = { names: undefined, lost: new Map() };

export function hasLabel({ names, lost }: LabelSet, label: string): boolean {
  return names ? names.has(label) : !lost.has(label);
}

/** What took `label` away; undefined when it was never there. */
export function lostAt({ lost, lostRest }: LabelSet, label: string): Expr | undefined {
  return lost.get(label) ?? lostRest;
}

/** Labels of what the expression returns. */
export function labelsOf(expr: Expr, known: MetricLabels): LabelSet {
  switch (expr.kind) {
    case "number":
    case "string":
      return { names: new Set(), lost: new Map(), lostRest: expr, sure: true };
    case "selector":
      return selected(expr, known);
    case "subquery":
      return labelsOf(expr.inner, known);
    case "aggregate":
      return aggregated(expr, known);
    case "call":
      return called(expr, known);
    case "binary":
      return combined(expr, known);
  }
}

/** A number, or an expression that gives one: it has no labels and takes none away. */
export function isScalar(expr: Expr): boolean {
  if (expr.kind === "number") return true;
  if (expr.kind === "call") return ["scalar", "time", "pi"].includes(expr.name);
  return expr.kind === "binary" && isScalar(expr.left) && isScalar(expr.right);
}

/** The argument of a function or aggregation that is a vector or a range. */
export function vectorArgument({ args }: Call | Aggregate): Expr | undefined {
  return args.find((arg) => arg.kind !== "number" && arg.kind !== "string" && !isScalar(arg));
}

function selected(selector: Selector, known: MetricLabels): LabelSet {
  const names = namesOf(selector);
  if (names.length === 0) return anything;
  return names.map((name) => known(name) ?? anything).reduce(union);
}

function aggregated(expr: Aggregate, known: MetricLabels): LabelSet {
  const argument = vectorArgument(expr);
  const inner = argument ? labelsOf(argument, known) : anything;
  if (["topk", "bottomk", "limitk", "limit_ratio"].includes(expr.op)) return inner;
  const listed = expr.labels.map(({ text }) => text);
  if (expr.mode === "without") return without(inner, listed, expr);
  const added = expr.op === "count_values" && expr.args[0]?.kind === "string" ? [expr.args[0].text] : [];
  const kept = keep(inner, listed, expr);
  return { ...kept, names: new Set([...kept.names!, ...added]), sure: true };
}

function called(call: Call, known: MetricLabels): LabelSet {
  const argument = vectorArgument(call);
  if (call.name === "vector" || !argument) return { names: new Set(), lost: new Map(), lostRest: call, sure: true };
  if (call.name === "absent" || call.name === "absent_over_time") {
    const matchers = argument.kind === "selector" ? argument.matchers : [];
    return { names: new Set(matchers.filter(({ op }) => op === "=").map(({ label }) => label)), lost: new Map(), lostRest: call, sure: true };
  }
  const inner = labelsOf(argument, known);
  if (call.name === "histogram_quantile" || call.name === "histogram_fraction") return without(inner, ["le"], call);
  const target = call.args[1];
  return call.name.startsWith("label_") && target?.kind === "string" ? withLabels(inner, [target.text]) : inner;
}

function combined(expr: Binary, known: MetricLabels): LabelSet {
  if (isScalar(expr.left)) return labelsOf(expr.right, known);
  const left = labelsOf(expr.left, known);
  if (isScalar(expr.right) || expr.op === "and" || expr.op === "unless") return left;
  const right = labelsOf(expr.right, known);
  if (expr.op === "or") return union(left, right);
  const { match } = expr;
  const included = match?.include.map(({ text }) => text) ?? [];
  if (match?.group === "left") return withLabels(left, included);
  if (match?.group === "right") return withLabels(right, included);
  const listed = match?.labels.map(({ text }) => text) ?? [];
  if (match?.mode === "on") return keep(left, listed, expr);
  return match ? without(left, listed, expr) : left;
}

function keep(inner: LabelSet, listed: string[], by: Expr): LabelSet {
  const lost = new Map(inner.lost);
  for (const name of inner.names ?? []) if (!listed.includes(name)) lost.set(name, by);
  return { names: new Set(listed.filter((label) => hasLabel(inner, label))), lost, lostRest: inner.lostRest ?? (inner.names ? undefined : by), sure: true };
}

function without(inner: LabelSet, listed: string[], by: Expr): LabelSet {
  const lost = new Map(inner.lost);
  for (const label of listed) if (hasLabel(inner, label)) lost.set(label, by);
  return { ...inner, names: inner.names && new Set([...inner.names].filter((name) => !listed.includes(name))), lost };
}

function withLabels(inner: LabelSet, added: string[]): LabelSet {
  const lost = new Map([...inner.lost].filter(([label]) => !added.includes(label)));
  return { ...inner, names: inner.names && new Set([...inner.names, ...added]), lost };
}

function union(a: LabelSet, b: LabelSet): LabelSet {
  const lost = new Map([...a.lost, ...b.lost].filter(([label]) => !hasLabel(a, label) && !hasLabel(b, label)));
  const names = a.names && b.names && new Set([...a.names, ...b.names]);
  return { names, lost, lostRest: a.lostRest ?? b.lostRest, sure: a.sure === true && b.sure === true };
}
