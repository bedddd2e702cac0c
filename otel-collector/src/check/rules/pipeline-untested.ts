import { treeAt } from "../../config/merge.ts";
import { internalLinks, type Pipeline, pipelinesOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

/** Silent where there are no cases at all: who has none need not be told for every pipeline. */
export const pipelineUntested: Rule = {
  id: "pipeline-untested",
  reason: "No test case expects anything to arrive through this pipeline: an edit that empties it would pass.",
  remedy: "Add a case with this signal under `given` and one of the pipeline's exporters under `expect`.",
  check({ config, env, tested }) {
    if (tested === undefined) return [];
    const pipelines = pipelinesOf(config);
    const connectors = treeAt(config, "connectors");
    const links = internalLinks(config, env);
    const next = ({ exporters }: Pipeline): Pipeline[] => {
      const doors = new Set(exporters.flatMap((id) => [...(id in connectors ? [id] : []), ...links.filter((link) => link.exporter === id).map(({ receiver }) => receiver)]));
      return pipelines.filter(({ receivers }) => receivers.some((id) => doors.has(id)));
    };
    const isConverted = ({ signal, receivers }: Pipeline): boolean =>
      pipelines.some((other) => other.signal !== signal && other.exporters.some((id) => id in connectors && receivers.includes(id)));
    const isTested = (pipeline: Pipeline, seen: readonly string[]): boolean =>
      tested.some(({ signals, exporters }) => (signals.includes(pipeline.signal) || isConverted(pipeline)) && pipeline.exporters.some((id) => exporters.includes(id))) ||
      next(pipeline).some((other) => !seen.includes(other.id) && isTested(other, [...seen, other.id]));
    return pipelines
      .filter((pipeline) => !isTested(pipeline, [pipeline.id]))
      .map(({ id }) => ({ at: ["service", "pipelines", id], message: `No test case looks at what ${id} lets through.` }));
  },
};
