import { treeAt } from "../../config/merge.ts";
import type { Rule } from "../rule.ts";
import { plainType } from "./components.ts";

export const spanMetricsUnbounded: Rule = {
  id: "span-metrics-unbounded",
  reason: "Every value of a dimension is a new series: one with an id in it fills the memory of the Collector and of whatever stores the metrics.",
  remedy: "Set `aggregation_cardinality_limit`, and use only dimensions with few values.",
  check: ({ config }) =>
    Object.keys(treeAt(config, "connectors")).flatMap((id) => {
      const body = treeAt(treeAt(config, "connectors"), id);
      const isBounded = Number(body["aggregation_cardinality_limit"] ?? 0) > 0;
      if (plainType(id) !== "spanmetrics" || isBounded || !Array.isArray(body["dimensions"]) || body["dimensions"].length === 0) return [];
      return [{ at: ["connectors", id, "dimensions"], message: `${id} has dimensions and no limit.` }];
    }),
};
