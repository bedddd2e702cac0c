import { execFile, execFileSync } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { freePorts } from "../support/ports.ts";
import type { Reachable } from "../support/queries.ts";
import { repository } from "../support/stack.ts";

/** One container of the project, as `docker inspect` tells of it. */
export interface Container {
  service: string;
  health: string;
  restarts: number;
  outOfMemory: boolean;
  exitCode: number;
}

/** docker-compose.yml, running in a copy of this checkout: everything as committed but the published ports and where alerts go. */
export interface Containers extends Reachable {
  folder: string;
  /** What an operator types in the checkout; standard output and error together. @throws Error with that text */
  shell: (command: string) => Promise<string>;
  list: () => Promise<Container[]>;
  remove: () => Promise<void>;
}

/** Part of `npm start` -> service and port of docker-compose.yml. */
const published = { backend: "backend:8000", frontend: "frontend:5173", console: "console:3000", prometheus: "prometheus:9090", alertmanager: "alertmanager:9093", "otlp-http": "otel-collector:4318" } as const;

/** Makes the checkout with its secrets, as the guide says to. Nothing is started. @throws Error when no engine answers */
export async function containers(): Promise<Containers> {
  try {
    execFileSync("docker", ["compose", "version"], { stdio: "pipe" });
    execFileSync("docker", ["info"], { stdio: "pipe" });
  } catch (error) {
    throw new Error("no Docker engine answers, or there is no `docker compose` (2.24 or newer): start one, or name it in DOCKER_HOST", { cause: error });
  }
  const folder = await mkdtemp(join(tmpdir(), "helloagents-compose-"));
  await chmod(folder, 0o755);
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: repository, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const file of files) await cp(join(repository, file), join(folder, file), { recursive: true }).catch(ignoreMissing);
  const env: NodeJS.ProcessEnv = { ...process.env, COMPOSE_FILE: "docker-compose.yml:ports.yml", COMPOSE_PROJECT_NAME: "helloagents-compose-test", COMPOSE_PROGRESS: "plain", NODE_OPTIONS: "" };
  for (const name of ["SENTRY_DSN", "VITE_SENTRY_DSN", "SENTRY_OTLP_TRACES_ENDPOINT", "SENTRY_OTLP_AUTH", "VITE_SENTRY_OTLP_TRACES_ENDPOINT", "VITE_SENTRY_OTLP_AUTH", "ASSISTANT_BASE_URL", "ASSISTANT_API_KEY", "ENVIRONMENT", "PROMETHEUS_RETENTION"]) delete env[name];
  const shell = async (command: string): Promise<string> =>
    await new Promise((resolve, reject) => {
      execFile("sh", ["-c", command], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout + stderr) : reject(new Error(`${command}\n${(stdout + stderr).slice(-8_000)}`)),
      );
    });
  await makeSecrets(folder, shell);
  await alertsToConsole(join(folder, "monitoring/alertmanager/alertmanager.yml"));
  const ports = await publishElsewhere(folder);
  return {
    folder,
    shell,
    url: (part, path = "") => {
      const address = published[part as keyof typeof published];
      if (address === undefined) throw new Error(`docker-compose.yml publishes nothing for ${part}`);
      return `http://127.0.0.1:${ports.get(address)}${path}`;
    },
    list: async () => {
      const ids = (await shell("docker compose ps --all --quiet")).trim().split("\n");
      const found = JSON.parse(await shell(`docker inspect ${ids.join(" ")}`)) as { Config: { Labels: Record<string, string> }; RestartCount: number; State: { ExitCode: number; OOMKilled: boolean; Health?: { Status: string } } }[];
      return found.map(({ Config, RestartCount, State }) => ({ service: Config.Labels["com.docker.compose.service"] ?? "", health: State.Health?.Status ?? "", restarts: RestartCount, outOfMemory: State.OOMKilled, exitCode: State.ExitCode }));
    },
    remove: async () => {
      await shell("docker compose down --volumes --remove-orphans --rmi local");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A file that git knows may have been taken away in the working copy. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

/** Runs the guide's own lines, then puts the console in the place of Slack. */
async function makeSecrets(folder: string, shell: Containers["shell"]): Promise<void> {
  const guide = await readFile(join(folder, "docs/MONITORING_DEPLOYMENT_GUIDE.md"), "utf8");
  const lines = /^## Containers[^]*?```sh\n([^]*?)```/m.exec(guide)?.[1]?.split("\n").filter((line) => line.includes("secrets")) ?? [];
  if (lines.length < 6) throw new Error("docs/MONITORING_DEPLOYMENT_GUIDE.md, Containers: no commands that make the secrets");
  // With the strictest mask a user may have.
  await shell(["umask 077", ...lines].join("\n"));
  await writeFile(join(folder, "secrets/slack_webhook_url"), "http://console:3000/slack/services/local");
}

/** PagerDuty and mail have no setting but alertmanager.yml. */
async function alertsToConsole(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const changed = text
    .replace("https://events.pagerduty.com/v2/enqueue", "http://console:3000/pagerduty/v2/enqueue")
    .replace(/smtp_smarthost: .*/, "smtp_smarthost: console:3025")
    .replace("smtp_require_tls: true", "smtp_require_tls: false")
    .replace(/ *smtp_auth_(username|password_file): .*\n/g, "");
  await writeFile(file, changed);
}

/** Free ports in the place of 3000, 8000 and so on; still on loopback only. Returns the port of each `service:port`. */
async function publishElsewhere(folder: string): Promise<Map<string, number>> {
  const { services } = parse(await readFile(join(folder, "docker-compose.yml"), "utf8"), { merge: true }) as { services: Record<string, { ports?: string[] }> };
  const wanted = Object.entries(services).flatMap(([service, { ports = [] }]) => ports.map((port) => ({ service, inside: port.split(":").at(-1) ?? "" })));
  const free = await freePorts(wanted.length);
  const ports = new Map(wanted.map(({ service, inside }, index) => [`${service}:${inside}`, free[index] ?? 0]));
  const lines = Object.entries(Object.groupBy(wanted, ({ service }) => service)).map(
    ([service, list = []]) => `  ${service}: { ports: !override [${list.map(({ inside }) => `"127.0.0.1:${ports.get(`${service}:${inside}`)}:${inside}"`).join(", ")}] }`,
  );
  await writeFile(join(folder, "ports.yml"), ["services:", ...lines, ""].join("\n"));
  return ports;
}
