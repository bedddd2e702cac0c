import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CannotRun } from "../failure.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";

const HOME = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The folder of the committed configuration, that of its cases, and that of samples with the budget of their series. */
export const CONFIG_DIR = join(HOME, "config");
export const CASES_DIR = join(HOME, "cases");
export const SAMPLES_DIR = join(HOME, "samples");

/** Where the person is: npm changes to the folder of package.json before it runs a script. */
const here = (): string => (process.env["npm_lifecycle_event"] === "pipeline" && process.env["INIT_CWD"]) || process.cwd();

export const absolute = (path: string): string => resolve(here(), path);

/** The given files in the given order; a folder, or without any `folder`, stands for its files: base.yaml first, then by name. */
export function readConfig(paths: readonly string[], folder = CONFIG_DIR): ConfigFile[] {
  return (paths.length > 0 ? paths.map(absolute).flatMap((path) => (isFolder(path) ? filesIn(path) : [path])) : filesIn(folder)).map(readConfigFile);
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function filesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  if (names.length === 0) throw new CannotRun(`${folder}: no *.yaml in this folder. Give the folder or the files of the configuration.`);
  return [...names.filter((name) => name === "base.yaml"), ...names.filter((name) => name !== "base.yaml").sort()].map((name) => join(folder, name));
}
