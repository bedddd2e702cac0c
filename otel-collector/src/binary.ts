import { execFile } from "node:child_process";
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { CannotRun } from "./failure.ts";
import type { Environment } from "./config/environment.ts";

/** What a Collector binary was built with: component types by kind. */
export interface Components {
  receivers: string[];
  processors: string[];
  exporters: string[];
  connectors: string[];
  extensions: string[];
}

export const KINDS = ["receivers", "processors", "exporters", "connectors", "extensions"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The Collector to use: `given` (--collector), OTELCOL_BIN, the newest that `npm start` has fetched, otelcol or otelcol-contrib in PATH.
 * @throws CannotRun that says where it was looked for.
 */
export function findCollector(given: string | undefined, env: Environment = process.env): string {
  const named = given ?? env["OTELCOL_BIN"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new CannotRun(`${named}: no program that can be run (from ${given === undefined ? "OTELCOL_BIN" : "--collector"}). Give the path of an otelcol binary.`);
  }
  const cache = join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "helloagents/bin");
  const inPath = (env["PATH"] ?? "").split(delimiter).flatMap((folder) => ["otelcol", "otelcol-contrib"].map((name) => join(folder, name)));
  const found = [...cached(cache), ...inPath].find(isProgram);
  if (found !== undefined) return found;
  throw new CannotRun(`No OpenTelemetry Collector found, neither in ${cache} nor as otelcol in PATH. Run \`npm start\` once, which gets one, or give --collector PATH.`);
}

function cached(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^otelcol-[\d.]+$/.test(name));
    return names.sort((a, b) => b.localeCompare(a, "en", { numeric: true })).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** What the binary can do. @throws CannotRun when it is no Collector. */
export async function componentsOf(collector: string): Promise<Components> {
  const { code, stdout, stderr } = await runCollector(collector, ["components"], process.env);
  const listed = code === 0 ? await list(stdout) : undefined;
  if (listed === undefined) {
    throw new CannotRun(`${collector}: this is no OpenTelemetry Collector; \`components\` ${code === 0 ? "printed something else" : `ended with ${code}`}${firstLine(stderr || stdout)}. Give another with --collector.`);
  }
  return listed;
}

async function list(text: string): Promise<Components | undefined> {
  // Here and not above: `pipeline run` only looks for the binary, and stays small.
  const { parse } = await import("yaml");
  try {
    const value = parse(text) as Record<string, { name: string }[] | undefined> | null;
    if (!value?.["receivers"] && !value?.["exporters"]) return undefined;
    return Object.fromEntries(KINDS.map((kind) => [kind, (value[kind] ?? []).map(({ name }) => String(name))])) as unknown as Components;
  } catch {
    return undefined;
  }
}

const firstLine = (text: string): string => (text.trim() === "" ? "" : `: ${text.trim().split("\n")[0]?.slice(0, 200)}`);

/** Runs the binary to its end, at most 20 s. `code` is null when it had to be ended. */
export function runCollector(collector: string, args: string[], env: Environment): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(collector, args, { env, timeout: 20_000, killSignal: "SIGKILL", maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : null;
      resolve({ code, stdout, stderr: stderr || (code === null && error ? error.message : stderr) });
    });
  });
}
