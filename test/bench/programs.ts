import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

const versions = { prometheus: "3.16.0", promtool: "3.16.0", alertmanager: "0.31.1" };

/** As named by <PROGRAM>_BIN, else from the project's cache, which `npm start` fills. */
export function program(name: keyof typeof versions): string {
  const path = process.env[`${name.toUpperCase()}_BIN`] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), `helloagents/bin/${name}-${versions[name]}`);
  if (!existsSync(path)) throw new Error(`there is no ${path}; \`npm start\` fetches or builds it, or name yours in ${name.toUpperCase()}_BIN`);
  return path;
}

/** A Prometheus on blocks that are there already, without rules and targets, for as long as it is used. */
export async function withPrometheus<T>(data: string, use: (url: string) => Promise<T>): Promise<T> {
  const [port] = await freePorts(1);
  const config = join(data, "prometheus.yml");
  await writeFile(config, "{}\n");
  const child = spawn(program("prometheus"), [`--config.file=${config}`, `--storage.tsdb.path=${data}`, "--storage.tsdb.retention.time=100y", `--web.listen-address=127.0.0.1:${port}`, "--query.max-samples=500000000"], { stdio: "ignore" });
  try {
    const url = `http://127.0.0.1:${port}`;
    await eventually("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok);
    return await use(url);
  } finally {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  }
}
