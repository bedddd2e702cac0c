import type { Rule } from "../rule.ts";
import { sendersOf } from "./components.ts";

export const exporterWithoutQueue: Rule = {
  id: "exporter-without-queue",
  reason: "Without a queue a slow destination holds up the senders and every other destination; without a retry a moment's outage loses data.",
  remedy: "Leave sending_queue and retry_on_failure on.",
  check: ({ config }) =>
    sendersOf(config).flatMap(({ id, queue, retry }) => [
      ...(queue["enabled"] === false ? [{ at: ["exporters", id, "sending_queue", "enabled"], message: `${id} has no queue.` }] : []),
      ...(retry["enabled"] === false ? [{ at: ["exporters", id, "retry_on_failure", "enabled"], message: `${id} does not try again.` }] : []),
    ]),
};
