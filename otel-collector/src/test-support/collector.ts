import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCollector } from "../binary.ts";
import { until } from "./until.ts";

/** The folder with the committed configuration. */
export const CONFIG_DIR = join(dirname(fileURLToPath(import.meta.url)), "../../config");

/** The Collector binary that the commands would use. @throws Error: a check that cannot run must not look like one that passed. */
export const collectorBinary = (): string => findCollector(undefined);

/** The committed files in the order of the command line: base.yaml, then the others by name. */
export function configFiles(folder = CONFIG_DIR): string[] {
  const others = readdirSync(folder).filter((name) => name.endsWith(".yaml") && name !== "base.yaml");
  return ["base.yaml", ...others.sort()].map((name) => join(folder, name));
}

/** A running Collector with the committed files; its ports and its queue folder are its own. */
export interface Collector {
  /** OTLP/HTTP address without a path. */
  url: string;
  metricsUrl: string;
  /** Everything it has printed. */
  output(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a crash. */
  kill(): Promise<void>;
}

/** Settings of one run. */
export interface CollectorOptions {
  /** Addresses of the destinations, by the names that ../../README.md lists. */
  env?: Record<string, string>;
  /** YAML that is merged last. */
  override?: string;
  /** Default: the committed files. */
  files?: string[];
  /** Keep it to start again with the same queues. Default: a new one, removed with the process' end by the caller. */
  queueDir: string;
}

/** Starts the Collector and waits until it is ready; throws with its output when it ends before. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const [grpc, http, metrics, health] = await freePorts(4);
  const overrideDir = await mkdtemp(join(tmpdir(), "otelcol-override-"));
  const override = join(overrideDir, "override.yaml");
  await writeFile(override, options.override ?? "{}");
  const args = [...(options.files ?? configFiles()), override].flatMap((file) => ["--config", file]);
  let output = "";
  const child = spawn(collectorBinary(), args, {
    env: {
      PATH: process.env.PATH ?? "",
      GOMEMLIMIT: "320MiB",
      OTLP_GRPC_PORT: String(grpc),
      OTLP_HTTP_PORT: String(http),
      COLLECTOR_METRICS_PORT: String(metrics),
      COLLECTOR_HEALTH_PORT: String(health),
      COLLECTOR_QUEUE_DIR: options.queueDir,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) =>
    child.on("exit", (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  await until("the Collector is ready", async () => {
    if (child.exitCode !== null) throw new Error(`The Collector ended with ${child.exitCode} before it was ready:\n${output}`);
    return (await fetch(`http://127.0.0.1:${health}/`).catch(() => undefined))?.ok;
  });
  await rm(overrideDir, { recursive: true });
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    url: `http://127.0.0.1:${http}`,
    metricsUrl: `http://127.0.0.1:${metrics}/metrics`,
    output: () => output,
    stop: () => end("SIGTERM"),
    kill: async () => {
      await end("SIGKILL");
    },
  };
}

const running = new Set<ChildProcess>();

/** Ends what a failed test has left running. */
export function killLeftovers(): void {
  for (const child of running) child.kill("SIGKILL");
}

/**
 * Free loopback ports below 32768, where Linux begins to give ports to whoever asks for any: nobody is given one before the Collector has taken it.
 * Tests that run at the same time choose from different ones.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_000 + (Number(process.env["VITEST_POOL_ID"] ?? 0) % 11) * 2_000 + Math.floor(Math.random() * 2_000);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(() => true, () => false);
  await new Promise((done) => server.close(done));
  return free;
}
