import { isScalar } from "../promql/labels.ts";
import { parsePromql, walk, type Binary, type Expr, type Matcher } from "../promql/tree.ts";

/**
 * True when the matcher `a="b"` at an offset of the expression says what the other side of a join says as well, as in `x{a="b"} > 1 and y{a="b"}`: series
 * that only the one without it would read find no partner, so nothing can tell the two expressions apart.
 */
export function isRepeated(expression: string, offset: number): boolean {
  for (const { expr, around } of walk(parsePromql(expression))) {
    const matcher = expr.kind === "selector" ? expr.matchers.find(({ from }) => from === offset) : undefined;
    if (matcher) return matcher.op === "=" && joinSays(expr, around.toReversed(), matcher);
  }
  return false;
}

/** Goes outwards while series keep their label, to a join whose other side has the matcher. */
function joinSays(expr: Expr, around: readonly Expr[], matcher: Matcher): boolean {
  const [outer, ...rest] = around;
  if (!outer) return false;
  if (outer.kind === "subquery" || (outer.kind === "call" && keepsLabels.test(outer.name))) return joinSays(outer, rest, matcher);
  if (outer.kind !== "binary" || outer.op === "or") return false;
  const other = outer.left === expr ? outer.right : outer.left;
  if (isScalar(other)) return joinSays(outer, rest, matcher);
  if (!joinsBy(outer, matcher.label)) return false;
  const alone = outer.op === "unless" && outer.left === expr;
  return (!alone && says(other, matcher)) || (!(outer.op === "unless" && outer.right === expr) && joinSays(outer, rest, matcher));
}

/** True when every series of the expression has the label's value. */
function says(expr: Expr, matcher: Matcher): boolean {
  if (expr.kind === "selector") return expr.matchers.some(({ label, op, value }) => label === matcher.label && op === "=" && value === matcher.value);
  if (expr.kind === "subquery") return says(expr.inner, matcher);
  if (expr.kind === "call") return keepsLabels.test(expr.name) && expr.args.some((one) => says(one, matcher));
  if (expr.kind !== "binary" || expr.op === "or") return false;
  return says(expr.left, matcher) || (expr.op !== "unless" && joinsBy(expr, matcher.label) && says(expr.right, matcher));
}

function joinsBy({ match }: Binary, label: string): boolean {
  if (match === undefined) return true;
  return match.labels.some(({ text }) => text === label) === (match.mode === "on");
}

const keepsLabels = /^(?!absent)(\w+_over_time|rate|irate|increase|delta|deriv|clamp\w*|round|abs|ceil|floor)$/;
