import { pipelinesOf, typeOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

export const batchBeforeTailSampling: Rule = {
  id: "batch-before-tail-sampling",
  reason: "batch delays spans and cuts traces in pieces, so that decisions are made on parts of a trace.",
  remedy: "Put batch after tail_sampling.",
  check: ({ config }) =>
    pipelinesOf(config).flatMap(({ id, processors }) => {
      const batch = processors.findIndex((each) => typeOf(each) === "batch");
      const sampling = processors.findLastIndex((each) => typeOf(each) === "tail_sampling");
      return batch >= 0 && batch < sampling ? [{ at: ["service", "pipelines", id, "processors", batch], message: `In ${id}, ${processors[batch]} comes before ${processors[sampling]}.` }] : [];
    }),
};
