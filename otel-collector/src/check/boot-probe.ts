import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConfigFile, Path, Place } from "../config/config-file.ts";
import type { Environment } from "../config/environment.ts";
import { locate, mergeFiles, type Tree, treeAt } from "../config/merge.ts";
import { ownMetricsAddresses } from "../config/own-telemetry.ts";
import { endpointsIn, typeOf } from "../config/topology.ts";
import { withUnset } from "../config/unset.ts";
import { startReaper } from "../run/reaper.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { networkNamespace } from "./namespace.ts";
import { redirection } from "./redirect.ts";

const START_MS = 20_000;
const STOP_MS = 5_000;
/** Some components fail a moment after the Collector has said that it is ready. */
const STEADY_MS = 300;

export interface BootFault {
  at: Place;
  message: string;
  remedy: string;
}

/**
 * Starts the Collector for real with these files, in a network namespace of its own, queues in a folder of its own: what `validate` passes but
 * cannot start. Returns the fault that kept it from starting, or why it could not be tried; undefined when it started.
 */
export async function bootProbe(collector: string, files: readonly ConfigFile[], env: Environment): Promise<BootFault | undefined> {
  const first: Place = { file: files[0]?.name ?? "", line: 1, column: 1 };
  const namespace = await networkNamespace();
  if ("unable" in namespace) {
    return {
      at: first,
      message: `The Collector could not be started for a trial: this system gives no network namespace (${namespace.unable}).`,
      remedy: "Check where `unshare -rn` works (Linux; Ubuntu since 24.04 wants `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`), or leave the trial out with --no-boot.",
    };
  }
  const folder = temporaryFolder("boot");
  const reaper = startReaper(folder);
  try {
    const config = mergeFiles(files);
    const own = join(folder, "own");
    await mkdir(own);
    const paths = files.map((_, index) => join(folder, `${index}.yaml`));
    await Promise.all(files.map(({ text }, index) => writeFile(paths[index] ?? "", text)));
    const last = join(folder, "redirection.yaml");
    await writeFile(last, JSON.stringify(redirection(config, env, own)));
    const args = [...paths, last].flatMap((path) => ["--config", path]);
    const output = await trial(...namespace.wrap(collector, args), withUnset(files, env), reaper);
    return output === undefined ? undefined : faultOf(output, files, config, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts and stops; what it printed when it did not start. */
async function trial(command: string, args: string[], env: Environment, reaper: ReturnType<typeof startReaper>): Promise<string | undefined> {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) reaper.add(child.pid);
  let output = "";
  const over = new AbortController();
  const end = new Promise<void>((resolve) => {
    child.once("error", (error) => ((output += `Error: ${error.message}`), resolve()));
    child.once("close", resolve);
  }).then(() => over.abort());
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-256 * 1024));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const deadline = Date.now() + START_MS;
  while (!over.signal.aborted && !output.includes("Everything is ready") && Date.now() < deadline) await pause(20);
  const isReady = output.includes("Everything is ready");
  if (isReady) await Promise.race([end, pause(STEADY_MS)]);
  if (over.signal.aborted) return output;
  await stop(child, end);
  return isReady ? undefined : `${output}\nError: it was not ready within ${START_MS / 1000} s`;
}

async function stop(child: ChildProcess, end: Promise<unknown>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await end;
  clearTimeout(timer);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the output blames, with the place in the files and the rival for a port. */
function faultOf(output: string, files: readonly ConfigFile[], config: Tree, env: Environment): BootFault {
  const lines = output.split("\n").map((line) => line.trim());
  const error = lines.slice(Math.max(0, lines.findLastIndex((line) => line.startsWith("Error: ")))).filter((line) => line !== "" && !/^\d{4}-\d\d-\d\dT/.test(line)).join(" ");
  const panic = lines.find((line) => /^(panic|fatal error):/.test(line));
  const said = (panic ?? error.replace(/^Error: /, "")).slice(0, 600) || "it ended without a message";
  const path = blamed(output, said, config);
  const at = locate(files, path);
  const port = /listen (?:tcp|udp)\d? (\S+): bind: address already in use/.exec(said)?.[1];
  if (port !== undefined) {
    const rivals = listeners(config, env, port).filter((name) => name !== path.join("."));
    return { at, message: `The Collector does not start: ${said}.${rivals.length > 0 ? ` ${rivals.join(" and ")} ${rivals.length === 1 ? "listens" : "listen"} there as well.` : ""}`, remedy: "Give each its own port." };
  }
  if (/dial (tcp|udp)|\blookup \S+.*: |no such host|network is unreachable/.test(said)) {
    return { at, message: `Whether the Collector starts cannot be told here: ${said}. The trial has no network, and this component wants one at its start.`, remedy: "Leave the trial out with --no-boot." };
  }
  return { at, message: `The Collector does not start, although its validate passes: ${said}.`, remedy: remedyFor(said) };
}

/** `failed to start "otlp" receiver` in the last message, else the component that the last error of the log names. */
function blamed(output: string, said: string, config: Tree): Path {
  const named = /"([^"]+)" (receiver|processor|exporter|connector|extension)\b/.exec(said);
  if (named) return [`${named[2]}s`, named[1] ?? ""];
  const logged = [...output.matchAll(/"otelcol\.component\.id": "([^"]+)", "otelcol\.component\.kind": "([a-z]+)"/gi)].at(-1);
  if (/extension/.test(said)) {
    const id = logged?.[1] ?? Object.keys(treeAt(config, "extensions")).find((each) => said.includes(each));
    return id === undefined ? ["service", "extensions"] : ["extensions", id];
  }
  return logged === undefined ? [] : [`${(logged[2] ?? "").toLowerCase()}s`, logged[1] ?? ""];
}

/** Everything in the configuration that listens on `address`. */
function listeners(config: Tree, env: Environment, address: string): string[] {
  const wanted = endpointsIn({ endpoint: address }, env)[0] ?? "";
  const named = ["receivers", "exporters", "extensions"].flatMap((kind) =>
    Object.entries(treeAt(config, kind))
      .filter(([id]) => kind !== "exporters" || typeOf(id) === "prometheus")
      .filter(([, body]) => endpointsIn(body, env).includes(wanted))
      .map(([id]) => `${kind}.${id}`),
  );
  return ownMetricsAddresses(config, env).includes(wanted) ? [...named, "service.telemetry.metrics"] : named;
}

function remedyFor(said: string): string {
  if (/storage/.test(said)) return "Declare the storage under extensions, and name it in service.extensions.";
  if (/authenticator/.test(said)) return "Declare the authenticator under extensions, and name it in service.extensions.";
  if (/no such file|permission denied/.test(said)) return "Correct the path, or put the file there and let this user read it.";
  if (/cannot assign requested address/.test(said)) return "Bind to an address of this machine, or to 127.0.0.1.";
  return "Correct this component.";
}
