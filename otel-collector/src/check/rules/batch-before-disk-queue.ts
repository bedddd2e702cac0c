import { treeAt } from "../../config/merge.ts";
import { pipelinesOf, typeOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

export const batchBeforeDiskQueue: Rule = {
  id: "batch-before-disk-queue",
  reason: "batch answers the sender and keeps the items in memory: a crash loses what the queue on disk was to keep, and an error of the queue is swallowed.",
  remedy: "Take the batch processor away and set `sending_queue.batch` of the exporter.",
  check: ({ config }) =>
    pipelinesOf(config).flatMap(({ id, processors, exporters }) => {
      const batch = processors.findIndex((each) => typeOf(each) === "batch");
      const queued = exporters.find((each) => treeAt(treeAt(treeAt(config, "exporters"), each), "sending_queue")["storage"]);
      return batch >= 0 && queued !== undefined ? [{ at: ["service", "pipelines", id, "processors", batch], message: `In ${id}, ${processors[batch]} is in front of the disk queue of ${queued}.` }] : [];
    }),
};
