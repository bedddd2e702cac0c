import { readdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { Tree } from "../config/merge.ts";

/** The texts of a configuration as they were at one moment: what the Collector is started with, whatever becomes of the files. */
export interface Snapshot {
  /** Files that the Collector is started with, in order. */
  paths: string[];
  /** The files merged. */
  config: Tree;
  /** Of all texts. */
  digest: string;
  /** Folder of `paths`. */
  folder: string;
}

/** Makes this one the last good one, in one step, and takes away all others. */
export function keepAsGood(runFolder: string, { folder }: Snapshot): void {
  const link = join(runFolder, "good");
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(folder), `${link}.new`);
  renameSync(`${link}.new`, link);
  for (const name of readdirSync(runFolder)) if (/^\d+$/.test(name) && name !== basename(folder)) rmSync(join(runFolder, name), { recursive: true });
}
