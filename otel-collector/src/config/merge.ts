import type { ConfigFile, Path, Place } from "./config-file.ts";

/** A YAML map as JavaScript. */
export type Tree = Record<string, unknown>;

export const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** The map at `key`; {} when there is none (`otlp:` with nothing behind it is a component, too). */
export const treeAt = (tree: unknown, key: string): Tree => (isTree(tree) && isTree(tree[key]) ? tree[key] : {});

/** The names in the list at `key`. */
export function namesAt(tree: unknown, key: string): string[] {
  const list = isTree(tree) ? tree[key] : undefined;
  return Array.isArray(list) ? list.map(String) : [];
}

/** What the Collector makes of several files: maps merge, everything else is replaced by the later file. */
export const mergeFiles = (files: readonly ConfigFile[]): Tree => files.reduce<Tree>((all, file) => merge(all, file.value), {});

function merge(earlier: Tree, later: Tree): Tree {
  const merged: Tree = { ...earlier };
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key];
    merged[key] = isTree(before) && isTree(value) ? merge(before, value) : value;
  }
  return merged;
}

/** Where the value in force at `path` is written: the last file that has it, else the nearest part of the path that is written at all. */
export function locate(files: readonly ConfigFile[], path: Path): Place {
  for (let length = path.length; length > 0; length--) {
    for (const file of files.toReversed()) {
      const place = file.find(path.slice(0, length));
      if (place !== undefined) return place;
    }
  }
  return { file: files.at(-1)?.name ?? "", line: 1, column: 1 };
}
