import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** Where something stands in the expression: offsets of characters. */
export type Span = { from: number; to: number };

/** A word with its place: a label, a metric. */
export type Word = Span & { text: string };

/** `label="value"`; label `__name__` for names given as a matcher. */
export type Matcher = Span & { label: string; op: "=" | "!=" | "=~" | "!~"; value: string };

export type Selector = Span & { kind: "selector"; name: Word | undefined; matchers: Matcher[]; range_s?: number };
export type Aggregate = Span & { kind: "aggregate"; op: string; mode: "by" | "without" | undefined; labels: Word[]; args: Expr[] };
export type Call = Span & { kind: "call"; name: string; args: Expr[] };
export type Binary = Span & {
  kind: "binary"; op: string; bool: boolean; left: Expr; right: Expr;
  match: { mode: "on" | "ignoring"; labels: Word[]; group: "left" | "right" | undefined; include: Word[] } | undefined;
};
export type Subquery = Span & { kind: "subquery"; inner: Expr; range_s: number; step_s: number | undefined };

/** A PromQL expression without what changes no labels: parentheses, signs, offset and @ are left out. */
export type Expr = Selector | Aggregate | Call | Binary | Subquery | (Span & { kind: "number" }) | (Span & { kind: "string"; text: string });

/**
 * The tree of an expression.
 * @throws {PromqlError} when it does not parse.
 */
export function parsePromql(text: string): Expr {
  const top = parser.parse(text).topNode;
  const broken = firstError(top);
  // Comments may stand before it.
  const child = childrenOf(top).find(({ name }) => isExpression(name));
  if (broken || !child) throw new PromqlError(broken?.from ?? 0, text);
  return build(child, text);
}

/** An expression that is not PromQL; `at` is the offset of the first character that does not fit. */
export class PromqlError extends Error {
  readonly at: number;
  constructor(at: number, text: string) {
    super(`not PromQL at character ${at}: ${text.slice(at, at + 30).trim() || "(end)"}`);
    this.at = at;
  }
}

/** The expression and everything in it, outermost first, each with what is around it (innermost last). */
export function* walk(expr: Expr, around: readonly Expr[] = []): Generator<{ expr: Expr; around: readonly Expr[] }> {
  yield { expr, around };
  for (const inner of partsOf(expr)) yield* walk(inner, [...around, expr]);
}

/** Every selector of an expression. */
export function selectorsOf(expr: Expr): Selector[] {
  return [...walk(expr)].flatMap(({ expr: one }) => (one.kind === "selector" ? [one] : []));
}

/** Names that a selector reads: its own, or those that `{__name__=~"a_(b|c)"}` spells out; none when its pattern is open. */
export function namesOf({ name, matchers }: Selector): string[] {
  if (name) return [name.text];
  const named = matchers.find(({ label, op }) => label === "__name__" && (op === "=" || op === "=~"));
  if (!named) return [];
  const names = named.op === "=" ? [named.value] : spellOut(named.value);
  return names.every((one) => /^[\w:]+$/.test(one)) ? names : [];
}

/** "5m", "1h30m" or "300" in seconds. */
export function durationSeconds(text: string): number {
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
  const parts = [...text.matchAll(/(\d+)(ms|[smhdwy])/g)];
  return parts.length > 0 ? parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0) : Number(text) || 0;
}

function partsOf(expr: Expr): Expr[] {
  if (expr.kind === "binary") return [expr.left, expr.right];
  if (expr.kind === "subquery") return [expr.inner];
  return expr.kind === "call" || expr.kind === "aggregate" ? expr.args : [];
}

function build(node: SyntaxNode, text: string): Expr {
  const span = { from: node.from, to: node.to };
  const children = childrenOf(node);
  const inner = (): Expr => build(children.find(({ name }) => isExpression(name))!, text);
  switch (node.name) {
    case "NumberDurationLiteral":
      return { ...span, kind: "number" };
    case "StringLiteral":
      return { ...span, kind: "string", text: unquote(text.slice(node.from, node.to)) };
    case "VectorSelector":
      return selector(node, text);
    case "MatrixSelector":
      return { ...selector(node.getChild("VectorSelector") ?? children[0]!, text), range_s: durationSeconds(sliced(children.at(-1)!, text)) };
    case "SubqueryExpr": {
      const [range, step] = children.filter(({ name }) => name === "DurationExpr");
      return { ...span, kind: "subquery", inner: inner(), range_s: durationSeconds(sliced(range!, text)), step_s: step ? durationSeconds(sliced(step, text)) : undefined };
    }
    case "FunctionCall":
      return { ...span, kind: "call", name: sliced(node.getChild("FunctionIdentifier")!, text), args: argsOf(node, text) };
    case "AggregateExpr": {
      const modifier = node.getChild("AggregateModifier");
      const mode = modifier ? (modifier.getChild("By") ? "by" : "without") : undefined;
      return { ...span, kind: "aggregate", op: sliced(node.getChild("AggregateOp")!, text).toLowerCase(), mode, labels: labelsIn(modifier?.getChild("GroupingLabels"), text), args: argsOf(node, text) };
    }
    case "BinaryExpr": {
      const [left, right] = children.filter(({ name }) => isExpression(name));
      const op = children.find(({ name }) => operators.has(name))!;
      return { ...span, kind: "binary", op: operators.get(op.name)!, bool: node.getChild("BoolModifier") !== null, left: build(left!, text), right: build(right!, text), match: matching(node.getChild("MatchingModifierClause"), text) };
    }
    // Parentheses, signs, offset, @.
    default:
      return inner();
  }
}

function selector(node: SyntaxNode, text: string): Selector {
  const identifier = node.getChild("Identifier");
  const name = identifier ? { from: identifier.from, to: identifier.to, text: sliced(identifier, text) } : undefined;
  return { from: node.from, to: node.to, kind: "selector", name, matchers: matchersIn(node.getChild("LabelMatchers"), text) };
}

/** What stands in the braces of a selector, but for a metric's name in quotes. */
export function matchersIn(list: SyntaxNode | null | undefined, text: string): Matcher[] {
  return (list ? childrenOf(list) : []).flatMap((matcher): Matcher[] => {
    const op = matcher.getChild("MatchOp");
    const value = matcher.getChild("StringLiteral");
    const label = matcher.getChild("LabelName") ?? matcher.getChild("QuotedLabelName");
    if (!op || !value || !label) return [];
    return [{ from: matcher.from, to: matcher.to, label: unquote(sliced(label, text)), op: sliced(op, text) as Matcher["op"], value: unquote(sliced(value, text)) }];
  });
}

function matching(clause: SyntaxNode | null, text: string): Binary["match"] {
  if (!clause) return undefined;
  const [labels, include] = clause.getChildren("GroupingLabels");
  const group = clause.getChild("GroupLeft") ? "left" : clause.getChild("GroupRight") ? "right" : undefined;
  return { mode: clause.getChild("On") ? "on" : "ignoring", labels: labelsIn(labels, text), group, include: labelsIn(include, text) };
}

function labelsIn(list: SyntaxNode | null | undefined, text: string): Word[] {
  return (list ? childrenOf(list) : []).filter(({ name }) => name.endsWith("LabelName")).map((node) => ({ from: node.from, to: node.to, text: unquote(sliced(node, text)) }));
}

function argsOf(node: SyntaxNode, text: string): Expr[] {
  const body = node.getChild("FunctionCallBody");
  return (body ? childrenOf(body) : []).filter(({ name }) => isExpression(name)).map((one) => build(one, text));
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

const expressions = new Set(["NumberDurationLiteral", "StringLiteral", "VectorSelector", "MatrixSelector", "FunctionCall"]);

function isExpression(name: string): boolean {
  return expressions.has(name) || (name.endsWith("Expr") && name !== "DurationExpr" && name !== "OffsetDurationExpr");
}

const operators = new Map(Object.entries({
  Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", Pow: "^", Atan2: "atan2", Eql: "==", Neq: "!=", Gtr: ">", Lss: "<", Gte: ">=", Lte: "<=", And: "and", Or: "or", Unless: "unless",
}));

function firstError(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type.isError) return node;
  for (let child = node.firstChild; child; child = child.nextSibling) {
    const found = firstError(child);
    if (found) return found;
  }
  return undefined;
}

function sliced(node: SyntaxNode, text: string): string {
  return text.slice(node.from, node.to);
}

function unquote(text: string): string {
  return /^["'`]/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
}

/** `a_(b|c)_d` to a_b_d and a_c_d. */
function spellOut(pattern: string): string[] {
  const group = /^([^()|]*)\(([^()]*)\)(.*)$/.exec(pattern);
  if (!group) return pattern.split("|");
  const [, head, alternatives, tail] = group;
  return spellOut(tail!).flatMap((rest) => alternatives!.split("|").map((one) => head! + one + rest));
}
