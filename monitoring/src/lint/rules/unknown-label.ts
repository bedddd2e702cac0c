import { nearest } from "../../nearest.ts";
import type { LintRule } from "../rule.ts";
import { missingLabels } from "./label-uses.ts";

export const unknownLabel: LintRule = {
  id: "unknown-label",
  reason: "The metric has no such label: the matcher or the aggregation does not do what it says.",
  remedy: "Correct the name, or add the label to the catalogue of metrics if the metric does have it.",
  needs: "--metrics",
  check: ({ series, ...context }) =>
    series === undefined ? [] : missingLabels({ series, ...context }).flatMap(({ label, at, use, lost, recording, series: metric, labels }) => {
      if (lost || recording !== undefined) return [];
      const meant = nearest(label, labels);
      return [{ at, message: `${use} asks for "${label}", which ${metric || "what it is asked of"} does not have; ${meant ? `did you mean "${meant}"?` : `it has ${labels.join(", ")}.`}` }];
    }),
};
