import { hasDoor, pipelinesOf, typeOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

/** Pipelines behind connectors are left out: there, one destination refusing makes the sender repeat it to all. */
export const memoryLimiterFirst: Rule = {
  id: "memory-limiter-first",
  reason: "Without memory_limiter at the door, a burst takes all memory and the Collector is killed with what it holds; behind other processors it refuses what has cost the memory already.",
  remedy: "Put memory_limiter first in `processors` of every pipeline that a receiver feeds. Pipelines behind a connector such as `forward` do not need it.",
  check: ({ config }) =>
    pipelinesOf(config)
      .filter((pipeline) => hasDoor(config, pipeline))
      .flatMap(({ id, processors }) => {
        const index = processors.findIndex((each) => typeOf(each) === "memory_limiter");
        if (index === 0) return [];
        if (index > 0) return [{ at: ["service", "pipelines", id, "processors", index], message: `In ${id}, memory_limiter comes after ${processors[index - 1]}.` }];
        return [{ at: ["service", "pipelines", id], message: `${id} has no memory_limiter.` }];
      }),
};
