import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { collectorBinary, freePorts } from "./collector.ts";
import type { Sink } from "./sink.ts";
import { until } from "./until.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A `pipeline` command that was run to its end. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A small configuration under `pipeline run`, in a folder of its own. */
export interface PipelineRun {
  folder: string;
  /** The file to edit. */
  file: string;
  /** OTLP/HTTP address without a path. */
  url: string;
  env: Record<string, string>;
  child: ChildProcess;
  output(): string;
  /** Resolves with the exit code when all that it printed has been read. */
  ended: Promise<number | null>;
  collectorPid(): number;
  edit(text: string, by: string): void;
  /** Another command, with the same run folder. */
  pipeline(...args: string[]): Promise<Ran>;
}

const started = new Set<PipelineRun>();

/** What `startRun` makes of ports and a sink; `otlp_http/vendor` has its queue on disk. */
const configFor = (http: number, metrics: number, health: number, sink: string): string => `receivers:
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${http} } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 128 }
exporters:
  otlp_http/vendor:
    endpoint: ${sink}
    encoding: json
    compression: none
    sending_queue: { storage: file_storage }
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0s }
extensions:
  file_storage: { directory: "\${env:QUEUE}", create_directory: true }
  health_check: { endpoint: 127.0.0.1:${health} }
service:
  extensions: [file_storage, health_check]
  telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${metrics} } } } }] } }
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter]
      exporters: [otlp_http/vendor]
`;

/** Starts it and waits until it says that the Collector runs. `change` alters the file before. */
export async function startRun(sink: Sink, options: { change?: (text: string) => string; args?: string[]; waits?: boolean } = {}): Promise<PipelineRun> {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-run-test-"));
  const [http = 0, metrics = 0, health = 0] = await freePorts(3);
  const file = join(folder, "config.yaml");
  const text = configFor(http, metrics, health, sink.url);
  writeFileSync(file, options.change?.(text) ?? text);
  const env = { PATH: process.env["PATH"] ?? "", OTELCOL_BIN: collectorBinary(), QUEUE: join(folder, "queue"), PIPELINE_RUN_DIR: join(folder, "run"), TMPDIR: folder };
  const child = spawn(process.execPath, [MAIN, "run", file, ...(options.args ?? [])], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const run: PipelineRun = {
    folder,
    file,
    url: `http://127.0.0.1:${http}`,
    env,
    child,
    output: () => output,
    ended: new Promise((resolve) => child.once("close", resolve)),
    collectorPid: () => (JSON.parse(readFileSync(join(folder, "run/run.json"), "utf8")) as { collector: number }).collector,
    edit(before, by) {
      const now = readFileSync(file, "utf8");
      if (!now.includes(before)) throw new Error(`the configuration does not contain ${before}`);
      writeFileSync(file, now.replace(before, by));
    },
    pipeline: (...args) => pipeline(env, folder, ...args),
  };
  started.add(run);
  if (options.waits !== false) {
    await until("the Collector runs", () => {
      if (child.exitCode !== null) throw new Error(`pipeline run ended with ${child.exitCode}:\n${output}`);
      return output.includes("The Collector runs.");
    });
  }
  return run;
}

/** Runs a `pipeline` command to its end. */
export function pipeline(env: Record<string, string>, cwd: string, ...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

/** Ends everything that a test has started, and removes it. */
export async function endRuns(): Promise<void> {
  for (const run of started) {
    if (run.child.exitCode === null && run.child.signalCode === null) run.child.kill("SIGTERM");
    await run.ended;
    rmSync(run.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  started.clear();
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
