import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type ConfigFile, parseConfig } from "../config/config-file.ts";
import { mergeFiles, type Tree } from "../config/merge.ts";

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

/** Puts the files into a new numbered folder of the run folder. */
export function takeSnapshot(runFolder: string, files: readonly ConfigFile[]): Snapshot {
  const numbers = readdirSync(runFolder).filter((name) => /^\d+$/.test(name)).map(Number);
  const folder = join(runFolder, String(Math.max(0, ...numbers) + 1));
  mkdirSync(folder, { mode: 0o700 });
  files.forEach(({ name, text }, index) => writeFileSync(join(folder, `${String(index).padStart(2, "0")}-${basename(name)}`), text, { mode: 0o600 }));
  return readSnapshot(folder);
}

/** The snapshot in a folder. */
export function readSnapshot(folder: string): Snapshot {
  const paths = readdirSync(folder).sort().map((name) => join(folder, name));
  const files = paths.map((path) => parseConfig(path, readFileSync(path, "utf8")));
  return { paths, config: mergeFiles(files), digest: digestOf(files), folder };
}

export function digestOf(files: readonly ConfigFile[]): string {
  const hash = createHash("sha256");
  for (const { text } of files) hash.update(`${text.length}\n${text}`);
  return hash.digest("hex");
}

/** Makes this one the last good one, in one step, and takes away all others. */
export function keepAsGood(runFolder: string, { folder }: Snapshot): void {
  const link = join(runFolder, "good");
  rmSync(`${link}.new`, { force: true });
  symlinkSync(basename(folder), `${link}.new`);
  renameSync(`${link}.new`, link);
  for (const name of readdirSync(runFolder)) if (/^\d+$/.test(name) && name !== basename(folder)) rmSync(join(runFolder, name), { recursive: true });
}

/** What served last, in this run or an earlier one. */
export function lastGood(runFolder: string): Snapshot | undefined {
  try {
    return readSnapshot(join(runFolder, readlinkSync(join(runFolder, "good"))));
  } catch {
    return undefined;
  }
}
