import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { UserError } from "../user-error.ts";
import { runCommand } from "../run-command.ts";
import type { Binary, Component } from "./catalogue.ts";

/** A binary that is there, and where it was found. */
export interface Found {
  path: string;
  source: string;
}

const check_ms = 10_000;

/** The project's cache folder: `$XDG_CACHE_HOME` or `~/.cache`, below it helloagents/bin. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "helloagents", "bin");
}

/** File of a binary in the cache folder. */
export const cachedFile = (folder: string, binary: Binary, version: string): string => join(folder, `${binary.name}-${version}`);

/**
 * Looks for a binary that is already there: environment variable, PATH, cache folder.
 * Adds to `passedOver` why each place was not used. Throws UserError when the variable names something that does not run.
 */
export async function findBinary(component: Component, binary: Binary, env: NodeJS.ProcessEnv, passedOver: string[]): Promise<Found | undefined> {
  const named = env[binary.variable];
  if (named) {
    const problem = await cannotRun(named);
    if (problem !== undefined) throw new UserError(`${binary.variable} names ${named}, which cannot be run: ${problem}. Correct it or unset it.`);
    return { path: named, source: binary.variable };
  }
  passedOver.push(`${binary.variable} is not set`);
  return (await findOnPath(component, binary, env, passedOver)) ?? (await findCached(component, binary, env, passedOver));
}

async function findOnPath(component: Component, binary: Binary, env: NodeJS.ProcessEnv, passedOver: string[]): Promise<Found | undefined> {
  let seen = false;
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    for (const name of binary.onPath) {
      const path = join(folder, name);
      if (folder === "" || !isExecutable(path)) continue;
      seen = true;
      const problem = await refusal(component, path);
      if (problem === undefined) return { path, source: "PATH" };
      passedOver.push(`${path}: ${problem}`);
    }
  }
  if (!seen) passedOver.push(`PATH holds no ${binary.onPath.join(" or ")}`);
  return undefined;
}

async function findCached(component: Component, binary: Binary, env: NodeJS.ProcessEnv, passedOver: string[]): Promise<Found | undefined> {
  const path = cachedFile(cacheFolder(env), binary, component.version);
  const problem = isExecutable(path) ? await cannotRun(path) : "not there";
  if (problem === undefined) return { path, source: "cache" };
  passedOver.push(`cache ${path}: ${problem}`);
  return undefined;
}

/** Why a program from PATH cannot stand in for the pinned one. */
async function refusal(component: Component, path: string): Promise<string | undefined> {
  const { ok, ended, output } = await runCommand(path, ["--version"], { timeout_ms: check_ms });
  if (!ok) return `does not run (${ended})`;
  const version = /\d+\.\d+\.\d+/.exec(output.split("\n")[0] ?? "")?.[0];
  if (version === undefined) return "does not tell its version";
  const refused = component.refuses(version);
  if (refused !== undefined || component.mustContain === undefined) return refused;
  const list = await runCommand(path, ["components"], { timeout_ms: check_ms });
  const missing = component.mustContain.filter((word) => !list.output.includes(word));
  return missing.length === 0 ? undefined : `lacks ${missing.join(", ")}`;
}

async function cannotRun(path: string): Promise<string | undefined> {
  const { ok, ended } = await runCommand(path, ["--version"], { timeout_ms: check_ms });
  return ok ? undefined : ended;
}

/** Whether this user may run a file. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
