import { treeAt } from "../../config/merge.ts";
import { plainType } from "./components.ts";
import type { Rule } from "../rule.ts";

export const debugDetailed: Rule = {
  id: "debug-detailed",
  reason: "Every item is printed with all its attributes: the log grows faster than the data, and holds what the data holds.",
  remedy: "Take the debug exporter away, or set `verbosity: basic`.",
  check: ({ config }) =>
    Object.keys(treeAt(config, "exporters"))
      .filter((id) => ["debug", "logging"].includes(plainType(id)) && treeAt(treeAt(config, "exporters"), id)["verbosity"] === "detailed")
      .map((id) => ({ at: ["exporters", id, "verbosity"], message: `${id} prints everything.` })),
};
