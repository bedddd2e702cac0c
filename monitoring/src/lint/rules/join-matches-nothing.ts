import { isScalar, labelsOf } from "../../promql/labels.ts";
import { walk } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

export const joinMatchesNothing: LintRule = {
  id: "join-matches-nothing",
  reason: "Both sides of an operator are matched by all their labels. When one side is summed by labels that the other is not, no series has a partner and the answer is always empty.",
  remedy: "Sum both sides by the same labels, or say by which to match: on (...), with group_left or group_right when one side has more.",
  check: ({ rules, labels }) =>
    rules.flatMap((rule) => [...walk(rule.tree)].flatMap(({ expr }) => {
      if (expr.kind !== "binary" || expr.op === "or" || expr.match || isScalar(expr.left) || isScalar(expr.right)) return [];
      const [left, right] = [labelsOf(expr.left, labels), labelsOf(expr.right, labels)];
      if (!left.sure || !right.sure || !left.names || !right.names || left.names.symmetricDifference(right.names).size === 0) return [];
      return [{ at: rule.exprPlace(expr.from), message: `The left side of ${expr.op} has ${listed(left.names)}, the right side ${listed(right.names)}.` }];
    })),
};

function listed(names: Set<string>): string {
  return names.size > 0 ? [...names].join(", ") : "no label";
}
