import { rmSync } from "node:fs";
import { type Components, componentsOf, findCollector } from "../binary.ts";
import type { ConfigFile } from "../config/config-file.ts";
import { readConfig } from "../config/config-files.ts";
import type { Environment } from "../config/environment.ts";
import { mergeFiles, type Tree } from "../config/merge.ts";
import { pipelinesOf } from "../config/topology.ts";
import { unsetIn } from "../config/unset.ts";
import { CannotRun } from "../failure.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { killRunning } from "./boot.ts";
import { at } from "./case-files.ts";

/** What runs configurations. */
export interface Bench {
  collector: string;
  components: Components;
  env: Environment;
  /** For the configurations that are run. */
  folder: string;
}

/** A configuration that can be run. */
export interface Loaded {
  files: ConfigFile[];
  config: Tree;
}

/** Finds the Collector and makes the folder. Nothing is left behind, however this process ends. @throws CannotRun */
export async function openBench(collectorPath: string | undefined): Promise<Bench> {
  const collector = findCollector(collectorPath);
  const components = await componentsOf(collector);
  const folder = temporaryFolder("test");
  process.once("exit", () => {
    killRunning();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(2));
  return { collector, components, env: process.env, folder };
}

/** The effective configuration of `paths`, or the committed one. @throws CannotRun when it cannot be run, with the place. */
export function loadConfig(paths: readonly string[], folder?: string): Loaded {
  return runnable(readConfig(paths, folder));
}

/** The same for files that are already read. @throws CannotRun */
export function runnable(files: ConfigFile[]): Loaded {
  const names = files.map(({ name }) => name).join(", ");
  const fault = files.flatMap(({ errors }) => errors)[0];
  if (fault) throw new CannotRun(`${at(fault.place)}: ${fault.message} \`pipeline check\` says more.`);
  const config = mergeFiles(files);
  if (pipelinesOf(config).length === 0) throw new CannotRun(`${names}: no pipeline in service.pipelines. Are these all files?`);
  refuseUnset(files, config);
  return { files, config };
}

/** A variable that is not set matters where it is still in force: in processors and connectors. */
function refuseUnset(files: readonly ConfigFile[], config: Tree): void {
  const kept = JSON.stringify([config["processors"], config["connectors"]]);
  const use = files.flatMap((file) => unsetIn(file, process.env)).find(({ name }) => kept.includes(`{env:${name}}`));
  if (use) throw new CannotRun(`${at(use.place)}: ${use.name} is not set, and a processor needs it. Set it for the test.`);
}
