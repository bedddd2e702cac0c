import { KINDS } from "../../binary.ts";
import { namesAt, treeAt } from "../../config/merge.ts";
import { pipelinesOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";

export const unusedComponent: Rule = {
  id: "unused-component",
  reason: "A component that is declared but in no pipeline (an extension: not in service.extensions) does nothing, and nothing says so.",
  remedy: "Name it in a pipeline or in service.extensions, or take it away.",
  check({ config }) {
    const pipelines = pipelinesOf(config);
    const used = {
      receivers: new Set(pipelines.flatMap(({ receivers }) => receivers)),
      processors: new Set(pipelines.flatMap(({ processors }) => processors)),
      exporters: new Set(pipelines.flatMap(({ exporters }) => exporters)),
      connectors: new Set(pipelines.flatMap(({ exporters, receivers }) => [...exporters, ...receivers])),
      extensions: new Set(namesAt(config["service"], "extensions")),
    };
    return KINDS.flatMap((kind) =>
      Object.keys(treeAt(config, kind))
        .filter((id) => !used[kind].has(id))
        .map((id) => ({ at: [kind, id], message: `${id} is declared under ${kind}, but ${kind === "extensions" ? "not in service.extensions" : "in no pipeline"}.` })),
    );
  },
};
