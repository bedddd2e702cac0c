import { parser } from "@prometheus-io/lezer-promql";
import { durationSeconds, parsePromql, selectorsOf } from "../promql/tree.ts";
import type { Place, RuleNode } from "../rule-file.ts";
import { isRepeated } from "./repeated-matcher.ts";

/** A rule with one thing changed. `change` says what, as `0.05 became 0.055`. */
export type Mutant = { rule: RuleNode; changed: { expr?: string; for?: string; labels?: Record<string, string> }; kind: Kind; change: string; place: Place };

/** What is changed: a number, a duration, a matcher, a label (of by, on, or of the rule), an operator. */
export type Kind = "threshold" | "duration" | "matcher" | "label" | "operator";

type Edit = { from: number; to: number; text: string; kind: Kind };
type Node = ReturnType<typeof parser.parse>["topNode"];

/** Every mutant of a rule: each is wrong by a little, and a good set of cases notices each. */
export function mutantsOf(rule: RuleNode): Mutant[] {
  // An alert without a metric in it (vector(1)) always fires: its number means nothing.
  const constant = rule.kind === "alert" && isConstant(rule);
  const inQuery = (constant ? [] : editsOf(rule.expr)).map(({ from, to, text, kind }): Mutant => ({
    rule, kind, changed: { expr: rule.expr.slice(0, from) + text + rule.expr.slice(to) }, place: rule.exprPlace(from), change: describe(rule.expr, from, to, text),
  }));
  const patience = rule.for === undefined ? [] : patienceOf(rule.for).map((text): Mutant => ({ rule, kind: "duration", changed: { for: text }, place: rule.keyPlace("for"), change: `for: ${rule.for} became ${text}` }));
  const labels = Object.entries(rule.labels).map(([label, value]): Mutant => ({ rule, kind: "label", changed: { labels: { ...rule.labels, [label]: `${value}x` } }, place: rule.keyPlace("labels", label), change: `${label}: ${value} became ${value}x` }));
  return [...inQuery, ...patience, ...labels];
}

/** True for an expression that reads no metric. */
export function isConstant({ expr }: RuleNode): boolean {
  return selectorsOf(parsePromql(expr)).length === 0;
}

function describe(expr: string, from: number, to: number, text: string): string {
  const before = expr.slice(from, to).replaceAll(/\s+/g, " ");
  return text === "" ? `${before} was taken away` : `${before} became ${text}`;
}

/** At least a minute, because rules are evaluated once a minute at most. */
function patienceOf(text: string): string[] {
  const now_s = durationSeconds(text);
  const by_s = Math.max(60, Math.ceil(now_s / 4 / 60) * 60);
  return [now_s + by_s, ...(now_s > 0 ? [Math.max(0, now_s - by_s)] : [])].map((seconds) => `${seconds}s`);
}

function editsOf(expr: string): Edit[] {
  const edits: Edit[] = [];
  parser.parse(expr).iterate({
    enter({ node }) {
      const text = expr.slice(node.from, node.to);
      for (const edit of editsAt(node, text, expr)) edits.push({ from: node.from, to: node.to, ...edit });
    },
  });
  return edits;
}

type PartialEdit = { text: string; kind: Kind; from?: number; to?: number };

function editsAt(node: Node, text: string, expr: string): PartialEdit[] {
  const operator = operators[node.name];
  if (operator && node.parent?.name === "BinaryExpr") return operator.map((other) => ({ text: other, kind: "operator" }));
  switch (node.name) {
    case "NumberDurationLiteral":
      return neighbours(Number(text)).map((other) => ({ text: other, kind: "threshold" }));
    case "NumberDurationLiteralInDurationContext":
      return [2, 0.5].map((factor) => ({ text: `${durationSeconds(text) * factor * 1000}ms`, kind: "duration" }));
    case "UnquotedLabelMatcher":
      return matcherEdits(node, expr);
    case "LabelName":
      return node.parent?.name === "GroupingLabels" ? [without(node, expr, "label")] : [];
    case "AggregateOp":
      return (isTimesZero(node.parent!, expr) ? [] : (aggregations[text.toLowerCase()] ?? [])).map((other) => ({ text: other, kind: "operator" }));
    default:
      return [];
  }
}

/** `0 * sum(x)`: whatever is added up, it is 0 where x is. */
function isTimesZero({ parent, from }: Node, expr: string): boolean {
  return parent?.name === "BinaryExpr" && parent.getChild("Mul") !== null && /^0\s*\*\s*$/.test(expr.slice(parent.from, from));
}

/** A tenth more and less; of whole numbers at least one, because counts between them do not occur. */
function neighbours(value: number): string[] {
  if (Number.isNaN(value)) return [];
  const step = Number.isInteger(value) ? Math.max(1, Math.round(value / 10)) : value / 10;
  return [value + step, value - step].map((other) => `${Number(other.toPrecision(8))}`);
}

function matcherEdits(node: Node, expr: string): PartialEdit[] {
  const op = node.getChild("MatchOp")!;
  const value = node.getChild("StringLiteral")!;
  const flipped: Record<string, string> = { "=": "!=", "!=": "=", "=~": "!~", "!~": "=~" };
  const written = expr.slice(op.from, op.to);
  const flip: PartialEdit = { from: op.from, to: op.to, text: flipped[written]!, kind: "matcher" };
  // A selector of {__name__=...} alone needs it.
  const isName = expr.slice(node.from, op.from).trim() === "__name__";
  return [...(isName || isRepeated(expr, node.from) ? [] : [without(node, expr, "matcher")]), ...(isName ? [] : [flip]), ...(written.endsWith("~") ? alternativesOf(value, expr) : [])];
}

/** A regular expression with each of its alternatives left out. */
function alternativesOf(value: Node, expr: string): PartialEdit[] {
  const [quote, pattern] = [expr[value.from]!, expr.slice(value.from + 1, value.to - 1)];
  return [...pattern.matchAll(/[^|()]+/g)].flatMap(({ index, 0: one }) => {
    const [before, after] = [pattern[index - 1], pattern[index + one.length]];
    if (before !== "|" && after !== "|") return [];
    const rest = after === "|" ? pattern.slice(0, index) + pattern.slice(index + one.length + 1) : pattern.slice(0, index - 1) + pattern.slice(index + one.length);
    return [{ from: value.from, to: value.to, text: quote + rest + quote, kind: "matcher" as const }];
  });
}

/** An item of a list without itself and the comma beside it. */
function without({ from, to }: Node, expr: string, kind: Kind): PartialEdit {
  const after = /^\s*,\s*/.exec(expr.slice(to))?.[0].length;
  if (after !== undefined) return { from, to: to + after, text: "", kind };
  const before = /\s*,\s*$/.exec(expr.slice(0, from))?.[0].length ?? 0;
  return { from: from - before, to, text: "", kind };
}

const operators: Record<string, string[]> = {
  Gtr: [">=", "<"], Lss: ["<=", ">"], Gte: [">", "<="], Lte: ["<", ">="], Eql: ["!="], Neq: ["=="],
  Add: ["-"], Sub: ["+"], Mul: ["/"], Div: ["*"], And: ["unless"], Or: ["and"], Unless: ["and"],
};

const aggregations: Record<string, string[]> = { sum: ["max"], max: ["min"], min: ["max"], avg: ["sum"], count: ["sum"], topk: ["bottomk"], bottomk: ["topk"] };
