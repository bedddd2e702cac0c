import { type Components, type Kind, KINDS } from "../../binary.ts";
import { treeAt } from "../../config/merge.ts";
import { typeOf } from "../../config/topology.ts";
import type { Hit, Rule } from "../rule.ts";

/** Renamed in more than the underscores; those are found by comparing with what the binary has. */
const RENAMED: Partial<Record<Kind, Record<string, string>>> = { exporters: { otlp: "otlp_grpc", logging: "debug" } };

export const deprecatedName: Rule = {
  id: "deprecated-name",
  reason: "The old name still works and goes away with a later version; two spellings hide that two files mean the same component.",
  remedy: "Use the new name, in the pipelines as well.",
  check({ config, components }) {
    const hits: Hit[] = KINDS.flatMap((kind) =>
      Object.keys(treeAt(config, kind)).flatMap((id) => {
        const name = newNameOf(kind, typeOf(id), components);
        return name === undefined ? [] : [{ at: [kind, id], message: `${typeOf(id)} is called ${name} now.` }];
      }),
    );
    const metrics = treeAt(treeAt(treeAt(config, "service"), "telemetry"), "metrics");
    if ("address" in metrics) hits.push({ at: ["service", "telemetry", "metrics", "address"], message: "service.telemetry.metrics.address is called `readers` now." });
    return hits;
  },
};

/** What `type` is called in this Collector, when `type` is an old name of it. */
export function newNameOf(kind: Kind, type: string, components: Components): string | undefined {
  const known = components[kind];
  if (known.includes(type)) return undefined;
  const renamed = RENAMED[kind]?.[type];
  if (renamed !== undefined && known.includes(renamed)) return renamed;
  return known.find((name) => name !== type && name.replaceAll("_", "") === type.replaceAll("_", ""));
}
