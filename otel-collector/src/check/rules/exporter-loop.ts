import { internalLinks, isCycle } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

/** An exporter that sends to a receiver whose pipelines lead elsewhere is a detour, not a loop. */
export const exporterLoop: Rule = {
  id: "exporter-loop",
  reason: "What this exporter sends comes in again and is sent again: two spans became 24,760 in two seconds, and nothing warned at start.",
  remedy: "Correct the address of the exporter or of the receiver.",
  check({ config, env }) {
    const links = internalLinks(config, env);
    return links
      .filter((link) => isCycle(config, link, links))
      .map(({ exporter, receiver }) => ({ at: ["exporters", exporter], message: `${exporter} sends to the receiver ${receiver} of this same Collector, whose pipelines lead back to ${exporter}.` }));
  },
};
