import { isScalar, visit } from "yaml";
import type { ConfigFile, Place } from "./config-file.ts";
import { type Environment, USE } from "./environment.ts";

/** A variable that a file asks for, that is not set or empty, and has no default. */
export interface Unset {
  name: string;
  place: Place;
}

/** All of a file's values (comments do not count), in its order. A default counts where it comes into force. */
export function unsetIn(file: ConfigFile, env: Environment): Unset[] {
  const unset: Unset[] = [];
  visit(file.doc, (_key, node) => {
    if (!isScalar(node) || typeof node.value !== "string" || !node.range) return;
    // The source, not the value: positions in a folded or escaped text would be wrong.
    const start = node.range[0];
    unset.push(...unsetOf(file.text.slice(start, node.range[1]), env).map(({ name, index }) => ({ name, place: file.placeAt(start + index) })));
  });
  return unset;
}

/** The environment with a word for each variable that is not set: for runs of the Collector that ask about everything else. */
export function withUnset(files: readonly ConfigFile[], env: Environment): Environment {
  return { ...env, ...Object.fromEntries(files.flatMap((file) => unsetIn(file, env)).map(({ name }) => [name, "unset"])) };
}

function unsetOf(text: string, env: Environment): { name: string; index: number }[] {
  return [...text.matchAll(USE)].flatMap(({ 0: use, 1: name, 2: fallback, index }) => {
    if (name === undefined || env[name]) return [];
    if (fallback === undefined) return [{ name, index }];
    const inner = index + use.length - 1 - fallback.length;
    return unsetOf(fallback, env).map((each) => ({ name: each.name, index: inner + each.index }));
  });
}
