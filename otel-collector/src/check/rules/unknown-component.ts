import { type Components, KINDS } from "../../binary.ts";
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
        .map((id) => ({ at: [kind, id], message: `This Collector has no ${typeOf(id)} among its ${kind}.${elsewhere(typeOf(id), components) || didYouMean(typeOf(id), components[kind])}` })),
    ),
};

/** Some have moved: span metrics were a processor once, and are a connector. */
function elsewhere(type: string, components: Components): string {
  const kind = KINDS.find((each) => components[each].includes(type) || newNameOf(each, type, components) !== undefined);
  return kind === undefined ? "" : ` It has ${newNameOf(kind, type, components) ?? type} among its ${kind}.`;
}
