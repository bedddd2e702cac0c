import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { absolute } from "../config/places.ts";
import { CannotRun, messageOf } from "../failure.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** What `pipeline run` writes into its folder, so that the other commands find it. */
export interface RunState {
  pid: number;
  /** Of the Collector */
  collector: number | undefined;
  /** Unix socket that takes commands */
  socket: string;
  /** ISO time */
  since: string;
}

/** The folder of `pipeline run`: --run-dir, PIPELINE_RUN_DIR, else where `npm start` has it. */
export function runFolder(given: string | undefined, env: Environment = process.env): string {
  const named = given ?? (env["PIPELINE_RUN_DIR"] || undefined);
  return named === undefined ? join(env["XDG_STATE_HOME"] || join(homedir(), ".local/state"), "helloagents/run/collector") : absolute(named);
}

/** Makes it, for this user only. @throws CannotRun */
export function makeRunFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CannotRun(`${folder}: the run folder cannot be made (${messageOf(error)}). Choose another with --run-dir.`);
  }
}

const stateFile = (folder: string): string => join(folder, "run.json");

export function readState(folder: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(folder), "utf8")) as RunState;
  } catch {
    return undefined;
  }
}

export function writeState(folder: string, state: RunState): void {
  writeFileSync(`${stateFile(folder)}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${stateFile(folder)}.new`, stateFile(folder));
}

export const removeState = (folder: string): void => rmSync(stateFile(folder), { force: true });

/** The kernel takes 107 bytes for the address of a Unix socket, macOS 103. */
const SOCKET_BYTES = 100;

/** Where the socket of this folder is; in a temporary folder of its own when the path would be too long. */
export function socketFor(folder: string): string {
  const here = join(folder, "control.sock");
  return Buffer.byteLength(here) <= SOCKET_BYTES ? here : join(temporaryFolder("run"), "control.sock");
}
