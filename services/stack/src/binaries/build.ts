import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { lastLines } from "../log-file.ts";
import { runCommand } from "../run-command.ts";
import type { Component } from "./catalogue.ts";

const build_ms = 40 * 60_000;

/**
 * Builds a component's binaries from its pinned Go modules (go.mod and go.sum are never changed) into `folder`.
 * Static and without paths of this machine. Returns the folder that holds them. Rejects with the last lines that Go printed.
 */
export async function buildFromModules(component: Component, folder: string, root: string, env: NodeJS.ProcessEnv): Promise<string> {
  const modules = join(root, component.modules);
  mkdirSync(folder, { recursive: true });
  const go = goCommand({ ...env, CGO_ENABLED: "0", GOBIN: folder });
  if (component.title === "Collector") return await buildCollector(component, modules, folder, go);
  const packages = component.binaries.map(({ name }) => `github.com/prometheus/${component.title.toLowerCase()}/cmd/${name}`);
  const stamp = `-s -w -X github.com/prometheus/common/version.Version=${component.version}`;
  // Prometheus needs the tag: without it modules of service discovery are missing from its go.sum.
  const tags = component.title === "Prometheus" ? ["-tags", "remove_all_sd"] : [];
  await go(modules, "build", "-mod=readonly", "-buildvcs=false", "-trimpath", ...tags, "-ldflags", stamp, "-o", `${folder}/`, ...packages);
  return folder;
}

/** The Collector's sources are written by its builder from builder.yaml, then built with the committed go.mod and go.sum. */
async function buildCollector(component: Component, modules: string, folder: string, go: Go): Promise<string> {
  await go(folder, "install", `go.opentelemetry.io/collector/cmd/builder@v${component.version}`);
  copyFileSync(join(modules, "builder.yaml"), join(folder, "builder.yaml"));
  await run(join(folder, "builder"), ["--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"], folder, process.env);
  const sources = join(folder, "build");
  for (const file of ["go.mod", "go.sum"]) copyFileSync(join(modules, file), join(sources, file));
  await go(sources, "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", join(folder, "otelcol"), ".");
  return folder;
}

type Go = (cwd: string, ...args: string[]) => Promise<void>;

const goCommand =
  (env: NodeJS.ProcessEnv): Go =>
  async (cwd, ...args) =>
    await run("go", args, cwd, env);

async function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { ok, ended, output } = await runCommand(command, args, { cwd, env, timeout_ms: build_ms });
  if (!ok) throw new Error(`${command} ${args[0] ?? ""}: ${ended}: ${lastLines(output, 5).join(" | ")}`);
}
