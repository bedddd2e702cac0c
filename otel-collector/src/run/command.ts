import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { findCollector } from "../binary.ts";
import { absolute, CASES_DIR } from "../config/places.ts";
import { pipelinesOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import type { RunContext } from "../reload/reload.ts";
import { serveControl } from "./control.ts";
import { reader } from "./reader.ts";
import { startReaper } from "./reaper.ts";
import { makeRunFolder, readState, removeState, runFolder, socketFor, writeState } from "./run-folder.ts";
import { keepAsGood, type Snapshot } from "./snapshot.ts";
import { supervise, type Supervisor, type SupervisorContext } from "./supervisor.ts";

export interface RunOptions {
  collector?: string;
  cases?: string;
  runDir?: string;
  resume?: boolean;
}

/** `pipeline run`: the Collector with a parent that can change its configuration safely. Resolves with the exit code when it has ended. */
export async function runCommand(paths: readonly string[], options: RunOptions): Promise<number> {
  const folder = runFolder(options.runDir);
  const collector = findCollector(options.collector);
  await reader.components(collector);
  if (options.cases !== undefined && !existsSync(absolute(options.cases))) throw new CannotRun(`--cases ${options.cases}: there is nothing there. Give a folder of *.test.yaml, or leave it out.`);
  makeRunFolder(folder);

  const env = process.env;
  const before = readState(folder);
  const socket = socketFor(folder);
  const cases = options.cases === undefined ? (paths.length === 0 ? CASES_DIR : undefined) : absolute(options.cases);
  // Nobody else may use the folder from here on. Commands wait until the Collector runs; what they need is loaded when they are given.
  const ready = Promise.withResolvers<RunContext>();
  ready.promise.catch(() => undefined);
  const control = await serveControl(socket, {
    reload: async (input, tell, signal) => await (await import("../reload/reload.ts")).reload(await ready.promise, Number(input["watch_s"]), tell, signal),
    settled: async () => await (await ready.promise).supervisor.exclusively(() => Promise.resolve(0)),
    tap: async (input, tell, signal) => await (await import("../tap/lease.ts")).tap(await ready.promise, input, tell, signal),
  });
  await predecessorIsGone(before?.collector, folder);
  const state = { pid: process.pid, socket, since: new Date().toISOString(), collector: undefined };
  const context: SupervisorContext = { collector, env, runFolder: folder, say, reaper: startReaper(dirname(socket) === folder ? undefined : dirname(socket)), onStart: ({ pid }) => writeState(folder, { ...state, collector: pid }) };
  const stop = Promise.withResolvers<number>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.resolve(0));

  try {
    const supervisor = await startFirst(context, paths, options.resume === true);
    keepAsGood(folder, supervisor.serving().snapshot);
    ready.resolve({ supervisor, collector, env, runFolder: folder, cases, paths, say });
    say(`The Collector runs. After an edit: \`pipeline reload${options.runDir === undefined ? "" : ` --run-dir ${options.runDir}`}\``);
    const exit = await Promise.race([stop.promise, supervisor.over]);
    await supervisor.stop();
    return exit;
  } finally {
    control.close();
    removeState(folder);
    rmSync(socket, { force: true });
    if (dirname(socket) !== folder) rmSync(dirname(socket), { recursive: true, force: true });
  }
}

/** Starts with these files; with `resume`, when they do not start, with what served last. @throws CannotRun */
async function startFirst(context: SupervisorContext, paths: readonly string[], resume: boolean): Promise<Supervisor> {
  const good = await reader.lastGood(context.runFolder);
  let fault: CannotRun;
  try {
    return await startWith(context, await reader.take(context.runFolder, paths));
  } catch (error) {
    if (!resume || good === null || !(error instanceof CannotRun) || isPortTaken(error.message)) throw error;
    fault = error;
  }
  context.say(`${fault.message} It is started with what served last; correct the files and \`pipeline reload\`.`);
  return await startWith(context, good);
}

/** @throws CannotRun when it does not start. */
async function startWith(context: SupervisorContext, snapshot: Snapshot): Promise<Supervisor> {
  if (pipelinesOf(snapshot.config).length === 0) throw new CannotRun("No pipeline in service.pipelines. Are these all files?");
  const started = await supervise(context, { snapshot });
  if (typeof started !== "string") return started;
  throw new CannotRun(`The Collector does not start: ${started.replace(/\.$/, "")}. ${isPortTaken(started) ? "Something else uses that port; does another Collector run?" : "`pipeline check` says where."}`);
}

const isPortTaken = (message: string): boolean => message.includes("address already in use");

const say = (line: string): void => console.error(`pipeline: ${line}`);

const PREDECESSOR_MS = 12_000;

/** A Collector whose parent was killed is being ended by the reaper; until then it holds ports and queues. */
async function predecessorIsGone(pid: number | undefined, folder: string): Promise<void> {
  const deadline = Date.now() + PREDECESSOR_MS;
  const isThere = (): boolean => pid !== undefined && existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  try {
    while (isThere() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  } catch {
    // It ended while it was looked at.
  }
}
