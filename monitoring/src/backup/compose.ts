import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs `docker compose --file <file> ...`. @throws Error with what it said */
export async function composeRun(file: string, args: string[]): Promise<void> {
  await run("docker", ["compose", "--file", file, ...args]).catch((error: Error & { stderr?: string; code?: string }) => {
    throw new Error(error.code === "ENOENT" ? "there is no `docker` in PATH; install it, or leave --compose out" : `docker compose ${args.join(" ")} failed: ${error.stderr?.trim() || error.message}`, { cause: error });
  });
}

/** Copies a file or folder out of a service's container. */
export async function composeCopy(file: string, service: string, from: string, to: string): Promise<void> {
  await composeRun(file, ["cp", `${service}:${from}`, to]);
}
