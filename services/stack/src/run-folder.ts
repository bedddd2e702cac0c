import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { PortName, Ports } from "./ports.ts";

/** Targets that prometheus.yml reads from `targets/<name>.yml`, by the port that serves them. */
const targets: Record<string, PortName> = {
  "helloagents-api": "backend",
  "otel-collector": "collector-metrics",
  prometheus: "prometheus",
  alertmanager: "alertmanager",
  alertmanagers: "alertmanager",
  "sentry-bridge": "sentry-bridge",
};

/**
 * Makes the folder that Prometheus reads: links to monitoring/prometheus, so that edits and a reload are enough; and with the ports in force
 * targets and prometheus.yml, whose console_url is that of docker compose.
 * Returns the path of prometheus.yml.
 */
export function writePrometheusFolder(folder: string, monitoring: string, ports: Ports): string {
  const source = join(monitoring, "prometheus");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "targets"), { recursive: true });
  for (const name of ["alerts", "rules", "generated"]) link(join(source, name), join(folder, name));
  for (const name of furtherTargets(join(source, "targets"))) link(join(source, "targets", name), join(folder, "targets", name));
  for (const [name, port] of Object.entries(targets)) {
    writeFileSync(join(folder, "targets", `${name}.yml`), `- targets: ["localhost:${ports[port]}"]\n`);
  }
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, withConsoleUrl(readFileSync(join(source, "prometheus.yml"), "utf8"), ports.console));
  return config;
}

/** Targets that ops people have added for services of their own. */
function furtherTargets(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".yml") && !Object.hasOwn(targets, name.replace(/\.yml$/, ""))) : [];
}

/** Links in alerts begin with the console's address, which is one external label. */
function withConsoleUrl(text: string, port: number): string {
  const document = parseDocument(text);
  if (document.hasIn(["global", "external_labels", "console_url"])) document.setIn(["global", "external_labels", "console_url"], `http://localhost:${port}`);
  return document.toString({ lineWidth: 0 });
}

function link(target: string, path: string): void {
  if (existsSync(target)) symlinkSync(target, path);
}
