import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import type { Binaries } from "./binaries/catalogue.ts";
import { makeFolder } from "./make-folder.ts";
import type { Options } from "./options.ts";
import type { Part } from "./part-runner.ts";
import { collectorFiles } from "./parts.ts";
import { placeOf } from "./place.ts";
import { portVariable } from "./ports.ts";
import { listenerOf } from "./process-info.ts";
import { runCommand } from "./run-command.ts";
import { usedPorts } from "./used-ports.ts";
import { messageOf } from "./user-error.ts";

/** All that would keep the stack from running, found before anything is started: one line each, empty when all is well. */
export interface CheckContext {
  options: Options;
  parts: Part[];
  binaries: Partial<Binaries>;
  prometheusConfig: string;
  alertmanagerConfig: string;
}

const check_ms = 30_000;

export async function checkAll(context: CheckContext): Promise<string[]> {
  const { options } = context;
  const checks = [checkPorts(options)];
  if (options.parts.includes("collector")) checks.push(checkCollector(context));
  if (options.parts.includes("prometheus")) checks.push(checkPrometheus(context));
  if (options.parts.includes("alertmanager")) checks.push(checkAlertmanager(context));
  return (await Promise.all(checks)).flat();
}

/** Checks that the folders given by options hold what is read from them, before anything is made from them. */
export function checkFolders({ collectorConfig, monitoring, data }: Options): string[] {
  const needed: [string, string][] = [
    [join(collectorConfig, "base.yaml"), "--collector-config"],
    [join(monitoring, "prometheus", "prometheus.yml"), "--monitoring"],
    [join(monitoring, "alertmanager", "alertmanager.yml"), "--monitoring"],
  ];
  const problems = needed.filter(([file]) => !existsSync(file)).map(([file, option]) => `${file} is missing; ${option} names a folder without it.`);
  try {
    makeFolder(data, 0o700);
    rmSync(mkdtempSync(join(data, "write-")), { recursive: true });
  } catch (error) {
    problems.push(`the data folder ${data} cannot be used (${messageOf(error)}); choose another with --data.`);
  }
  return problems;
}

export async function checkPorts({ parts, ports }: Options): Promise<string[]> {
  const used = parts.flatMap((part) => usedPorts[part].map((name) => ({ part, name, port: ports[name] })));
  const found = await Promise.all(
    used.map(async ({ part, name, port }) => {
      const code = await tryListen(port);
      if (code === undefined) return [];
      const holder = code === "EADDRINUSE" ? listenerOf(port) : undefined;
      const state = code === "EADDRINUSE" ? `is taken${holder === undefined ? "" : ` by process ${holder.pid} (${holder.command})`}` : `cannot be used (${code})`;
      const free = await freePortAfter(port, Object.values(ports));
      return [`port ${port} (${name === part ? name : `${name} of ${part}`}) ${state}. Use another: --port ${name}=${free} or ${portVariable(name)}=${free}.`];
    }),
  );
  return found.flat();
}

/** A port to propose: free now, and none of the stack's. */
async function freePortAfter(port: number, used: number[]): Promise<number> {
  for (let candidate = port + 1; candidate < 65_000; candidate++) {
    if (!used.includes(candidate) && (await tryListen(candidate)) === undefined) return candidate;
  }
  return 20_000;
}

async function tryListen(port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function checkCollector({ options, parts, binaries }: CheckContext): Promise<string[]> {
  const part = parts.find(({ name }) => name === "collector");
  const result = await runCommand(binaries.otelcol ?? "otelcol", ["validate", ...collectorFiles(options.collectorConfig).flatMap((file) => ["--config", file])], { env: part?.env ?? {}, timeout_ms: check_ms });
  if (result.ok) return [];
  const said = messages(result.output).filter((line) => !/following error\(s\):$|^\d{4}-\d\d-\d\dT/.test(line));
  return (said.length > 0 ? said.slice(0, 5) : [result.ended]).map((line) => {
    const problem = line.replace(/^(Error: |\* )+/, "");
    return `${placeOf(problem, collectorFiles(options.collectorConfig)) ?? options.collectorConfig}: the Collector refuses it: ${problem}`;
  });
}

async function checkPrometheus({ options, binaries, prometheusConfig }: CheckContext): Promise<string[]> {
  const source = join(options.monitoring, "prometheus");
  const result = await runCommand(binaries.promtool ?? "promtool", ["check", "config", prometheusConfig], { timeout_ms: check_ms });
  if (result.ok) return [];
  const said = messages(result.output).filter((line) => !/^(Checking|SUCCESS|WARNING|FAILED:$)|is valid prometheus config/.test(line));
  return [`${source}: promtool refuses it: ${brief(said, result.ended).replaceAll(join(prometheusConfig, ".."), source)}`];
}

async function checkAlertmanager({ options, binaries, alertmanagerConfig }: CheckContext): Promise<string[]> {
  const source = join(options.monitoring, "alertmanager", "alertmanager.yml");
  const result = await runCommand(binaries.amtool ?? "amtool", ["check-config", alertmanagerConfig], { timeout_ms: check_ms, cwd: join(alertmanagerConfig, "..") });
  if (result.ok) return [];
  const said = messages(result.output).filter((line) => !/error: failed to validate/.test(line)).map((line) => line.replace(/^Checking '[^']*'\s*/, ""));
  const problem = brief(said, result.ended).replaceAll(alertmanagerConfig, source);
  return [`${placeOf(problem, [source]) ?? source}: amtool refuses it: ${problem}`];
}

const messages = (output: string): string[] => output.split("\n").map((line) => line.trim()).filter((line) => line !== "");

const brief = (lines: string[], otherwise: string): string => lines.slice(0, 3).join(" ").replace(/^FAILED: /, "") || otherwise;

/** Syntax errors in any file that the chosen parts read, with their place, which the tools do not always give. */
export function checkSyntax({ parts, collectorConfig, monitoring }: Options): string[] {
  const rules = ["alerts", "rules", "generated"].flatMap((name) => ymlFiles(join(monitoring, "prometheus", name)));
  const files = [
    ...(parts.includes("collector") ? collectorFiles(collectorConfig) : []),
    join(monitoring, "prometheus", "prometheus.yml"),
    ...rules,
    join(monitoring, "alertmanager", "alertmanager.yml"),
  ];
  return files.flatMap(yamlProblems);
}

function ymlFiles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".yml")).map((name) => join(folder, name)) : [];
}

function yamlProblems(file: string): string[] {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, merge: true });
  const first = document.errors[0];
  if (first === undefined) return [];
  const { line, col } = lines.linePos(first.pos[0]);
  return [`${file}:${line}:${col}: broken YAML: ${first.message.split("\n")[0]?.replace(/ at line \d+.*$/, "") ?? ""}`];
}
