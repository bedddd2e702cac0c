import type { Rule } from "../rule.ts";
import { seconds, sendersOf } from "./components.ts";

const DEFAULT_S = 300;
const HOUR_S = 3600;

export const retryGivesUp: Rule = {
  id: "retry-gives-up",
  reason: "After max_elapsed_time (5 minutes when it is not set) a batch is dropped, whether its queue is on disk or not: an outage longer than that loses data.",
  remedy: "Set `retry_on_failure.max_elapsed_time: 0s` (for ever) and let the size of the queue be the limit.",
  check: ({ config }) =>
    sendersOf(config).flatMap(({ id, retry }) => {
      const limit_s = "max_elapsed_time" in retry ? seconds(retry["max_elapsed_time"]) : DEFAULT_S;
      if (retry["enabled"] === false || limit_s === undefined || limit_s === 0 || limit_s >= HOUR_S) return [];
      const written = retry["max_elapsed_time"] ?? "5m, the default";
      return [{ at: ["exporters", id, "retry_on_failure", "max_elapsed_time"], message: `${id} gives up after ${String(written)}.` }];
    }),
};
