import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Environment, fillIn } from "../config/environment.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { typeOf } from "../config/topology.ts";

/**
 * What is merged over a configuration so that a trial start touches nothing that runs: folders of queues, files that are written and sockets
 * that are files move into `folder`; the log goes to the terminal, where it is read. All else stays as it is.
 */
export function redirection(config: Tree, env: Environment, folder: string): Tree {
  const moved = new Map<string, string>();
  /** The same place gets the same stand-in: two storages on one folder stay two on one folder. */
  const elsewhere = (path: string): string => {
    const real = fillIn(path, env);
    const stand = moved.get(real) ?? join(folder, `${moved.size}`);
    moved.set(real, stand);
    return stand;
  };
  /** A folder that is missing in earnest has to be missing here, too. */
  const folderFor = (path: string): string => {
    const stand = elsewhere(path);
    if (existsSync(fillIn(path, env))) mkdirSync(stand, { recursive: true });
    return stand;
  };
  const each = (kind: string, work: (type: string, body: Tree) => Tree | undefined): Tree =>
    Object.fromEntries(
      Object.entries(treeAt(config, kind)).flatMap(([id, body]) => {
        const change = isTree(body) ? work(typeOf(id), body) : undefined;
        return change === undefined ? [] : [[id, change]];
      }),
    );
  const extensions = each("extensions", (type, body) => {
    const directory = text(body["directory"]);
    if (type !== "file_storage" || directory === undefined) return undefined;
    const compaction = text(treeAt(body, "compaction")["directory"]);
    return { directory: folderFor(directory), ...(compaction === undefined ? {} : { compaction: { directory: folderFor(compaction) } }) };
  });
  const exporters = each("exporters", (type, body) => {
    const path = text(body["path"]);
    return type === "file" && path !== undefined ? { path: elsewhere(path) } : undefined;
  });
  const receivers = each("receivers", (_type, body) => {
    const sockets = socketsIn(body, elsewhere);
    const keeps = body["delete_after_read"] === true ? { delete_after_read: false } : undefined;
    return sockets || keeps ? { ...sockets, ...keeps } : undefined;
  });
  const logs = { level: "info", encoding: "console", output_paths: ["stderr"], error_output_paths: ["stderr"] };
  return { extensions, exporters, receivers, service: { telemetry: { logs } } };
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** The parts of a receiver that listen on a Unix socket which is a file. Abstract ones belong to the network namespace. */
function socketsIn(body: Tree, elsewhere: (path: string) => string): Tree | undefined {
  const endpoint = body["endpoint"];
  if (body["transport"] === "unix" && typeof endpoint === "string" && !endpoint.startsWith("@")) return { endpoint: `${elsewhere(endpoint)}.sock` };
  const inner = Object.entries(body).flatMap(([key, value]) => {
    const found = isTree(value) ? socketsIn(value, elsewhere) : undefined;
    return found === undefined ? [] : [[key, found] as const];
  });
  return inner.length === 0 ? undefined : Object.fromEntries(inner);
}
