import { spawn } from "node:child_process";
import { connect } from "node:net";
import { type Environment, fillIn } from "../config/environment.ts";
import { healthUrl } from "../config/own-telemetry.ts";
import { type Tree, treeAt } from "../config/merge.ts";
import { endpointsIn, pipelinesOf } from "../config/topology.ts";
import { answers } from "./health.ts";
import { type Failures, failureReader } from "./failures.ts";
import type { Reaper } from "./reaper.ts";

const START_MS = 20_000;
/** The Collector sends what is in its memory queues before it ends. */
const STOP_MS = 15_000;
/** A Collector that does not say that it is ready has to live this long. */
const SILENT_START_MS = 1_500;
const TAIL_CHARS = 64 * 1024;

/** A running Collector. */
export interface CollectorProcess {
  pid: number | undefined;
  /** Resolves with why, when it ends before it is ready; with undefined when it is. */
  started: Promise<string | undefined>;
  /** How it ended: exit code or signal. */
  ended: Promise<string>;
  isRunning(): boolean;
  failures: Failures;
  /** The error in its output, in one line. */
  lastError(): string;
  /** SIGTERM, after 15 s SIGKILL. True when it ended by itself. */
  stop(): Promise<boolean>;
}

/** Starts the binary with these files. What it prints is passed on. */
export function startCollector(collector: string, paths: readonly string[], config: Tree, env: Environment, reaper: Reaper): CollectorProcess {
  const child = spawn(collector, paths.flatMap((path) => ["--config", path]), { env, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  if (pid !== undefined) reaper.add(pid);
  const failures = failureReader();
  const over = new AbortController();
  let tail = "";
  for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) {
    from.pipe(to, { end: false });
    from.on("data", (chunk: Buffer) => {
      const text = chunk.toString();
      tail = (tail + text).slice(-TAIL_CHARS);
      failures.read(text);
    });
  }
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => {
      tail += `Error: ${error.message}`;
      resolve(error.message);
    });
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  }).then((how) => {
    over.abort();
    if (pid !== undefined) reaper.remove(pid);
    return how;
  });

  const lastError = (): string => errorIn(tail);
  const isReady = readiness(config, env, () => tail);
  const start = async (): Promise<string | undefined> => {
    const begun = Date.now();
    for (;;) {
      if (over.signal.aborted) return lastError();
      if (await isReady(Date.now() - begun)) return over.signal.aborted ? lastError() : undefined;
      if (Date.now() - begun > START_MS) return `it was not ready within ${START_MS / 1000} s`;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return {
    pid,
    started: start(),
    ended,
    isRunning: () => !over.signal.aborted,
    failures,
    lastError,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      const how = await ended;
      clearTimeout(timer);
      return how !== "SIGKILL";
    },
  };
}

/**
 * Its own word, where its log has it. Else its health check, else the first port that it listens on; as somebody else may answer there, it has
 * to live for a while, too.
 */
function readiness(config: Tree, env: Environment, output: () => string): (age_ms: number) => Promise<boolean> {
  const logs = treeAt(treeAt(treeAt(config, "service"), "telemetry"), "logs");
  const level = fillIn(String(logs["level"] ?? "info"), env).toLowerCase();
  if (["debug", "info"].includes(level) && logs["output_paths"] === undefined) return () => Promise.resolve(output().includes("Everything is ready"));
  const health = healthUrl(config, env);
  const used = new Set(pipelinesOf(config).flatMap(({ receivers }) => receivers));
  const listening = Object.entries(treeAt(config, "receivers")).filter(([id]) => used.has(id)).flatMap(([, body]) => endpointsIn(body, env));
  const port = listening.map((address) => /^(.*):(\d+)$/.exec(address)).find((match) => match !== null);
  return async (age_ms) => {
    if (age_ms < SILENT_START_MS) return false;
    if (health !== undefined) return await answers(health);
    return !port || (await takesConnections(port[1] ?? "", Number(port[2])));
  };
}

const takesConnections = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port, timeout: 2_000 });
    const end = (is: boolean) => (): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", end(true)).once("timeout", end(false)).once("error", end(false));
  });

/** The part of the Collector's output that says what was wrong, in one line. */
function errorIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith("Error: "));
  const error = start >= 0 ? lines.slice(start).filter((line) => line !== "" && !/^\d{4}-\d\d-\d\dT/.test(line)).join(" ") : (lines.find((line) => line.startsWith("panic:")) ?? lines.findLast((line) => line !== ""));
  return (error ?? "it printed nothing").replace(/^Error: /, "").replaceAll(" decoding failed due to the following error(s):", "").slice(0, 600);
}
