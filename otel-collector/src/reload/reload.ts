import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { networkNamespace } from "../check/namespace.ts";
import type { Environment } from "../config/environment.ts";
import { messageOf } from "../failure.ts";
import { reader } from "../run/reader.ts";
import { keepAsGood } from "../run/snapshot.ts";
import type { Supervisor } from "../run/supervisor.ts";
import { readSends } from "../run/own-metrics.ts";
import { type AllSends, failingNow, watch } from "./watch.ts";

/** Beside this file, as source or as the package's JavaScript. */
const MAIN = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));

const SAME = "The files are what the Collector runs with; there is nothing to do.";
const KEPT = "Nothing has been changed: the Collector runs with what it had.";
const MOVES_MS = 2_500;

/** What `pipeline run` holds while its Collector runs. */
export interface RunContext {
  supervisor: Supervisor;
  collector: string;
  env: Environment;
  runFolder: string;
  /** Folder of test cases; undefined: none. */
  cases: string | undefined;
  /** The files and folders that were given. */
  paths: readonly string[];
  say(line: string): void;
  /** Ends the tap that is running. */
  tapping?: AbortController;
}

/**
 * Brings edited files into force, or leaves everything as it is: check, test, trial start; then the Collector is started with them and
 * watched for `watch_s` seconds; when it does not do well, it gets back what it ran with. Resolves with the exit code: 0 done, 1 not.
 */
export async function reload(run: RunContext, watch_s: number, tell: (line: string) => void, asker: AbortSignal): Promise<number> {
  const { digest, paths: absolute } = await reader.files(run.paths);
  if (digest === run.supervisor.serving().snapshot.digest) {
    tell(SAME);
    return 0;
  }
  const earlier = { at: Date.now(), sends: await readSends(run.supervisor.serving().snapshot.config, run.env) };
  const namespace = await networkNamespace();
  const noTrial = "unable" in namespace ? namespace.unable : undefined;
  const cases = run.cases === undefined ? [] : ["--cases", run.cases];
  const steps = [
    noTrial === undefined
      ? { name: "check, with a trial start", args: ["check", ...absolute, ...cases] }
      : { name: `check (no trial start here: ${noTrial}; the start itself is the trial, and is taken back when it fails)`, args: ["check", ...absolute, ...cases, "--no-boot"] },
  ];
  if (run.cases === undefined) tell("- test: no cases (`pipeline run --cases FOLDER`)");
  else steps.push({ name: "test", args: ["test", run.cases, ...absolute.flatMap((file) => ["--config", file])] });
  for (const { name, args } of steps) {
    tell(`- ${name}`);
    const code = await runSelf([...args, "--collector", run.collector], run.env, tell, asker);
    if (code === 0) continue;
    tell(KEPT);
    return code === 1 ? 1 : 2;
  }
  run.tapping?.abort();
  return await run.supervisor.exclusively(() => (asker.aborted ? Promise.resolve(1) : bringIntoForce(run, digest, earlier, watch_s, tell)));
}

/** From here on it runs to its end, whether the asker waits or not. */
async function bringIntoForce(run: RunContext, digest: string, earlier: { at: number; sends: AllSends }, watch_s: number, tell: (line: string) => void): Promise<number> {
  const { supervisor, runFolder } = run;
  const both = (line: string): void => {
    tell(line);
    run.say(`reload: ${line}`);
  };
  const before = supervisor.serving();
  // Another reload was quicker.
  if (before.snapshot.digest === digest) {
    tell(SAME);
    return 0;
  }
  // A busy queue moves within this time.
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, earlier.at + MOVES_MS - Date.now())));
  const failing = failingNow(supervisor.process(), earlier.sends, await readSends(before.snapshot.config, run.env));
  const next = await reader.take(runFolder, run.paths);
  if (next.digest !== digest) {
    rmSync(next.folder, { recursive: true });
    tell(`The files have been edited in the meantime. ${KEPT} Run it again.`);
    return 1;
  }
  tell("- start");
  const why = await supervisor.change({ snapshot: next });
  if (why !== undefined) {
    rmSync(next.folder, { recursive: true });
    both(`Taken back; the Collector runs with what it had. It did not start with the new files: ${why}`);
    return 1;
  }
  tell(`- watch for ${watch_s} s`);
  const { fault, notes } = await watch(supervisor.process(), next.config, run.env, failing, watch_s * 1000);
  notes.forEach(tell);
  if (fault === undefined) {
    keepAsGood(runFolder, next);
    both("Done; the Collector runs with the new files.");
    return 0;
  }
  const worse = await supervisor.change({ snapshot: before.snapshot });
  if (worse !== undefined) {
    both(`${fault} It could not be taken back: ${worse}`);
    return 1;
  }
  rmSync(next.folder, { recursive: true });
  both(`Taken back; the Collector runs with what it had. With the new files: ${fault}`);
  return 1;
}

/** Runs another command of ours with the environment of the Collector, its lines passed on. */
async function runSelf(args: string[], env: Environment, tell: (line: string) => void, asker: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"], signal: asker, killSignal: "SIGTERM" });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) tell(`    ${line}`);
    });
    stream.on("end", () => rest !== "" && tell(`    ${rest}`));
  }
  return await new Promise((done) => {
    child.once("error", (error) => {
      tell(`    ${messageOf(error)}`);
      done(2);
    });
    child.once("close", (code) => done(code ?? 2));
  });
}
