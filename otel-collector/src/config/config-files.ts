import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CannotRun, fileFault } from "../failure.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { absolute, CONFIG_DIR } from "./places.ts";

/** The given files in the given order; a folder, or without any `folder`, stands for its files: base.yaml first, then by name. */
export function readConfig(paths: readonly string[], folder = CONFIG_DIR): ConfigFile[] {
  return (paths.length > 0 ? paths.map(absolute).flatMap((path) => (isFolder(path) ? filesIn(path) : [path])) : filesIn(folder)).map(readConfigFile);
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function filesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  } catch (error) {
    throw fileFault(folder, "read", error);
  }
  if (names.length === 0) throw new CannotRun(`${folder}: no *.yaml in this folder. Give the folder or the files of the configuration.`);
  return [...names.filter((name) => name === "base.yaml"), ...names.filter((name) => name !== "base.yaml").sort()].map((name) => join(folder, name));
}
