import { KINDS } from "../../binary.ts";
import { didYouMean } from "../../nearest.ts";
import { treeAt } from "../../config/merge.ts";
import { typeOf } from "../../config/topology.ts";
import type { Rule } from "../rule.ts";
import { newNameOf } from "./deprecated-name.ts";

export const unknownComponent: Rule = {
  id: "unknown-component",
  reason: "This Collector was built without a component of that type: it will not start.",
  remedy: "Correct the name, or use a Collector that has it (`otelcol components` lists them).",
  check: ({ config, components }) =>
    KINDS.flatMap((kind) =>
      Object.keys(treeAt(config, kind))
        .filter((id) => !components[kind].includes(typeOf(id)) && newNameOf(kind, typeOf(id), components) === undefined)
        .map((id) => ({ at: [kind, id], message: `This Collector has no ${typeOf(id)} among its ${kind}.${didYouMean(typeOf(id), components[kind])}` })),
    ),
};
