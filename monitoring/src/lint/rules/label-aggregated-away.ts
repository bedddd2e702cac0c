import type { LintRule } from "../rule.ts";
import { missingLabels } from "./label-uses.ts";

export const labelAggregatedAway: LintRule = {
  id: "label-aggregated-away",
  reason: "An aggregation or a join has taken the label away; what asks for it later finds nothing: empty text in a message, a join that matches nothing, a sum that falls into one.",
  remedy: "Keep the label in the inner `by (...)`, or do not ask for it.",
  check: (context) =>
    missingLabels(context).flatMap(({ label, at, use, lost, recording, rule }) => {
      if (recording !== undefined) return [{ at, message: `${use} asks for "${label}", which the recording ${recording} does not keep.` }];
      if (!lost) return [];
      const by = rule.expr.slice(lost.from, lost.to).replaceAll(/\s+/g, " ");
      return [{ at, message: `${use} asks for "${label}", which ${by.length > 60 ? `${by.slice(0, 57)}...` : by} does not keep.` }];
    }),
};
