import { spawn } from "node:child_process";
import { once } from "node:events";
import { findProgram } from "./binaries.ts";

/** A Prometheus or an Alertmanager of our own on a free loopback port. */
export type LocalServer = { url: string; stop: () => Promise<void> };

const start_ms = 60_000;

/**
 * Starts it and waits until it is ready. It chooses the port itself and says which, so that nobody can take it in between.
 * @throws {Error} with the program's own words
 */
export async function startLocalServer(program: "prometheus" | "alertmanager", args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Promise<LocalServer> {
  const child = spawn(findProgram(program), ["--web.listen-address=127.0.0.1:0", ...args], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  const listening = new Promise<string>((found) => child.stderr.on("data", () => {
    const address = /msg="Listening on".* address=(127\.0\.0\.1:\d+)/.exec(said)?.[1];
    if (address !== undefined) found(`http://${address}`);
  }));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.removeListener("exit", endWithUs);
    if (isOver()) return;
    const ended = once(child, "close");
    child.kill();
    await ended;
  };
  const deadline = Date.now() + start_ms;
  const isLate = (): boolean => isOver() || Date.now() > deadline;
  const url = await Promise.race([listening, until(isLate)]);
  await until(async () => isLate() || (await isReady(url)));
  if (!isLate()) return { url: url!, stop };
  await stop();
  throw new Error(`${program} does not start: ${lastWords(said)}`);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<undefined> {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 25));
}

async function isReady(url: string | undefined): Promise<boolean> {
  return await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false);
}

function lastWords(said: string): string {
  const errors = [...said.matchAll(/err="((?:[^"\\]|\\.)*)"/g)].map(([, words]) => words!.replaceAll('\\"', '"'));
  return errors.at(-1) ?? (said.trim().split("\n").at(-1) || "it says nothing");
}
