import type { Path } from "../../config/config-file.ts";
import { fillIn } from "../../config/environment.ts";
import { isTree, namesAt, treeAt } from "../../config/merge.ts";
import type { Context, Hit, Rule } from "../rule.ts";

export const openToAll: Rule = {
  id: "open-to-all",
  reason: "An address of all networks, or CORS for every origin, without authentication: whoever can reach the machine, or visits any page, can fill your quota and your disk.",
  remedy: "Bind to 127.0.0.1 or to one address, name the origins, or set `auth` or `tls.client_ca_file`.",
  check: (context) => ["receivers", "extensions"].flatMap((kind) => search(context, context.config[kind], [kind])),
};

function search(context: Context, value: unknown, path: Path): Hit[] {
  // Who has to show a certificate is authenticated, too.
  if (!isTree(value) || "auth" in value || "client_ca_file" in treeAt(value, "tls")) return [];
  const endpoint = typeof value["endpoint"] === "string" ? fillIn(value["endpoint"], context.env) : undefined;
  return [
    ...(endpoint !== undefined && /^([a-z]+:\/\/)?(0\.0\.0\.0|\[::\]|):\d+/.test(endpoint) && value["transport"] !== "unix"
      ? [{ at: [...path, "endpoint"], message: `${path[1]} listens on all addresses (${endpoint}) without authentication.` }]
      : []),
    ...(namesAt(treeAt(value, "cors"), "allowed_origins").some((origin) => /^(https?:\/\/)?\*$/.test(origin))
      ? [{ at: [...path, "cors", "allowed_origins"], message: `${path[1]} takes data from pages of every origin without authentication.` }]
      : []),
    ...Object.entries(value).flatMap(([key, inner]) => search(context, inner, [...path, key])),
  ];
}
