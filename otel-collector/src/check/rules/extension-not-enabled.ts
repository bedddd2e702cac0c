import type { Path } from "../../config/config-file.ts";
import { isTree, namesAt } from "../../config/merge.ts";
import type { Rule } from "../rule.ts";

export const extensionNotEnabled: Rule = {
  id: "extension-not-enabled",
  reason: "`validate` passes, and the Collector does not start: a storage or an authenticator has to be in service.extensions.",
  remedy: "Declare it under extensions and add it to service.extensions.",
  check({ config }) {
    const enabled = new Set(namesAt(config["service"], "extensions"));
    return ["receivers", "processors", "exporters"].flatMap((kind) =>
      referencesIn(config[kind], [kind])
        .filter(({ id }) => !enabled.has(id))
        .map(({ path, id }) => ({ at: path, message: `${path.join(".")} names ${id}, which is not in service.extensions.` })),
    );
  },
};

function referencesIn(value: unknown, path: Path): { path: Path; id: string }[] {
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    // Receivers of files keep their place in a storage: one level below their name.
    const isStorage = key === "storage" && (path.at(-1) === "sending_queue" || (path[0] === "receivers" && path.length === 2));
    const isReference = isStorage || key === "authenticator";
    return isReference && typeof inner === "string" ? [{ path: [...path, key], id: inner }] : referencesIn(inner, [...path, key]);
  });
}
