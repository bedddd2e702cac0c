/** Starts an application of `fixtures/` as a user would: a plain `node` process with NODE_OPTIONS. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { threadId } from "node:worker_threads";
import type { Sink } from "./sink.ts";

const root = join(import.meta.dirname, "../..");
export const fixtures = join(root, "fixtures");
export const PRELOAD = "@helloagents/telemetry-node/register";

execFileSync(process.execPath, [join(root, "build.ts")], { stdio: "inherit" });

/** Express 4 under its real name: instrumentations know a package by its folder. The rest of its dependencies is found upwards. */
export const express4 = join(root, "node_modules/.test-express-4/node_modules/express");
copyOnce(dirname(createRequire(import.meta.url).resolve("express4")), express4);

/** By renaming: test files run side by side. */
function copyOnce(from: string, to: string): void {
  if (existsSync(to)) return;
  const temporary = `${to}.${process.pid}.${threadId}`;
  cpSync(from, temporary, { recursive: true });
  try {
    renameSync(temporary, to);
  } catch {
    // Another test file was faster.
    rmSync(temporary, { recursive: true });
  }
}

export interface App {
  child: ChildProcess;
  port: number;
  stdout(): string;
  stderr(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Status and body; status 0 when the connection broke. */
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; body: string }>;
}

export interface AppOptions {
  /** In fixtures/; default `app.cjs`. */
  file?: string;
  sink?: Sink | undefined;
  /** `--import` (default), `--require` or none at all. */
  flag?: "--import" | "--require" | "both" | "none";
  env?: Record<string, string>;
}

/** No batch and no interval ends by itself: whatever arrives was sent by the last flush, and once. */
export const ONLY_AT_THE_END = { OTEL_BSP_SCHEDULE_DELAY: "600000", OTEL_BLRP_SCHEDULE_DELAY: "600000", OTEL_METRIC_EXPORT_INTERVAL: "600000" };

const running = new Set<ChildProcess>();

/** For `afterEach`: no test leaves a process behind. */
export function endApps(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Spawns without waiting for anything. */
export function spawnApp({ file = "app.cjs", sink, flag = "--import", env = {} }: AppOptions): Omit<App, "port" | "get"> {
  const options = { "--import": `--import ${PRELOAD}`, "--require": `--require ${PRELOAD}`, both: `--import ${PRELOAD} --require ${PRELOAD}`, none: "" }[flag];
  const child = spawn(process.execPath, [file], {
    cwd: fixtures,
    env: {
      PATH: process.env["PATH"],
      NODE_OPTIONS: options,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_BLRP_SCHEDULE_DELAY: "50",
      OTEL_METRIC_EXPORT_INTERVAL: "300",
      // What is delivered at the end is looked at, not how soon: a slow machine needs more than the second of the default.
      HELLOAGENTS_TELEMETRY_FLUSH_TIMEOUT_MS: "30000",
      // Nothing listens there: a test that names no sink is one without a Collector.
      OTEL_EXPORTER_OTLP_ENDPOINT: sink?.url ?? "http://127.0.0.1:9",
      ...env,
    },
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Spawns and waits until the application serves. */
export async function startApp(options: AppOptions): Promise<App> {
  const app = spawnApp(options);
  let ended = false;
  void app.ended.then(() => (ended = true));
  const port = await eventually(() => {
    if (ended) throw new Error(`the application ended: ${app.stdout()}${app.stderr()}`);
    return Number(/listening (\d+)/.exec(app.stdout())?.[1] ?? 0);
  });
  const get: App["get"] = (path, headers = {}) =>
    new Promise((resolve) => {
      http
        .get({ port, host: "127.0.0.1", path, headers, agent: false }, (response) => {
          let body = "";
          response.on("data", (chunk: Buffer) => (body += chunk.toString()));
          response.on("close", () => resolve({ status: response.statusCode ?? 0, body }));
        })
        .on("error", () => resolve({ status: 0, body: "" }));
    });
  return { ...app, port, get };
}

/** The first truthy answer; fails after 50 s, which only ends what would wait for ever. */
export async function eventually<T>(ask: () => T): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const deadline = Date.now() + 50_000;
  for (;;) {
    const answer = ask();
    if (answer) return answer as Exclude<T, false | 0 | "" | null | undefined>;
    if (Date.now() > deadline) throw new Error("did not happen within 50 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
