import type { Rule } from "../rule.ts";
import { sendersOf } from "./components.ts";

export const queueInMemory: Rule = {
  id: "queue-in-memory",
  reason: "A queue without storage is gone when the Collector ends, although the senders were told that all is well.",
  remedy: "Set `sending_queue.storage` to a file_storage extension, or allow it for a destination that may lose data.",
  check: ({ config }) =>
    sendersOf(config)
      .filter(({ queue }) => queue["enabled"] !== false && !queue["storage"])
      .map(({ id }) => ({ at: ["exporters", id, "sending_queue"], message: `The queue of ${id} is in memory only.` })),
};
