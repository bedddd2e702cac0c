import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { findProgram } from "../binaries.ts";

/** A real Alertmanager on a free loopback port. */
export type AlertmanagerProcess = { url: string; reload: () => Promise<void>; stop: () => Promise<void> };

const start_ms = 30_000;

/** @param folder holds alertmanager.yml, and afterwards its state; `zones`: where Go looks for time zones first. @throws {Error} with Alertmanager's own words */
export async function startAlertmanager(folder: string, zones: string): Promise<AlertmanagerProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, "--web.external-url=http://localhost:9093", "--cluster.listen-address=", "--log.level=error"];
  const child = spawn(findProgram("alertmanager"), args, { cwd: folder, env: { ...process.env, ZONEINFO: zones, GOMEMLIMIT: "200MiB" }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.removeListener("exit", endWithUs);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill();
    await ended;
  };
  for (const deadline = Date.now() + start_ms; !(await isReady(url)); await new Promise((done) => setTimeout(done, 25))) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await stop();
    throw new Error(`Alertmanager does not start: ${lastWords(said)}`);
  }
  return {
    url,
    stop,
    async reload() {
      const answer = await fetch(`${url}/-/reload`, { method: "POST" });
      if (!answer.ok) throw new Error(`Alertmanager refuses its configuration: ${(await answer.text()).trim()}`);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  return await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false);
}

function lastWords(said: string): string {
  const errors = [...said.matchAll(/err="((?:[^"\\]|\\.)*)"/g)].map(([, words]) => words!.replaceAll('\\"', '"'));
  return errors.at(-1) ?? (said.trim().split("\n").at(-1) || "it says nothing");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
