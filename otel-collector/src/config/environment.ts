import { isScalar, visit } from "yaml";
import type { ConfigFile, Place } from "./config-file.ts";

/** Environment variables by name, as `process.env`. */
export type Environment = Record<string, string | undefined>;

/** One `${env:NAME}` or `${env:NAME:-default}` in a file. */
export interface EnvironmentUse {
  name: string;
  fallback: string | undefined;
  place: Place;
}

// $$ is the Collector's way to write a dollar sign. `${NAME}` without a scheme is an environment variable as well.
const USE = /\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Every use in values (comments do not count), in the order of the file. */
export function environmentUses(file: ConfigFile): EnvironmentUse[] {
  const uses: EnvironmentUse[] = [];
  visit(file.doc, (_key, node) => {
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) return;
    // The source, not the value: positions in a folded or escaped text would be wrong.
    const source = file.text.slice(node.range[0], node.range[1]);
    for (const match of source.matchAll(USE)) {
      if (match[1] !== undefined) uses.push({ name: match[1], fallback: match[2], place: file.placeAt(node.range[0] + match.index) });
    }
  });
  return uses;
}

/** `text` with its variables filled in; those that are not set stay as they are. */
export const fillIn = (text: string, env: Environment): string =>
  text.replace(USE, (use, name?: string, fallback?: string) => (use === "$$" ? "$" : name === undefined ? use : (env[name] || fallback) ?? use));
