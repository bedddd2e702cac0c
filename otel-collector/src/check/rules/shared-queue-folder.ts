import { fillIn } from "../../config/environment.ts";
import { treeAt } from "../../config/merge.ts";
import { typeOf } from "../../config/topology.ts";
import type { Hit, Rule } from "../rule.ts";

const DEFAULT = "/var/lib/otelcol/file_storage";

export const sharedQueueFolder: Rule = {
  id: "shared-queue-folder",
  reason: "Two file_storage extensions on one folder start without complaint and spoil each other's files.",
  remedy: "Use one extension for all queues, or give each a folder of its own.",
  check({ config, env }) {
    const owners = new Map<string, string>();
    const hits: Hit[] = [];
    for (const id of Object.keys(treeAt(config, "extensions")).filter((id) => typeOf(id) === "file_storage")) {
      const folder = fillIn(String(treeAt(treeAt(config, "extensions"), id)["directory"] ?? DEFAULT), env).replace(/\/+$/, "");
      const owner = owners.get(folder);
      if (owner === undefined) owners.set(folder, id);
      else hits.push({ at: ["extensions", id, "directory"], message: `${id} and ${owner} both use ${folder}.` });
    }
    return hits;
  },
};
