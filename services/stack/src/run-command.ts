import { spawn } from "node:child_process";

/** How a command ended, with everything it printed (stdout and stderr in order, the last megabyte). */
export interface Outcome {
  ok: boolean;
  /** exit code, signal, or why it could not be started */
  ended: string;
  output: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeout_ms?: number;
}

const output_characters = 1_000_000;

/** Runs a command to its end. Never rejects. */
export async function runCommand(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(options.timeout_ms === undefined ? {} : { timeout: options.timeout_ms, killSignal: "SIGKILL" as const }),
    });
    const endWithUs = (): void => void child.kill("SIGTERM");
    process.once("exit", endWithUs);
    child.once("close", () => process.removeListener("exit", endWithUs));
    let output = "";
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-output_characters);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ ok: false, ended: error.message, output }));
    child.once("close", (code, signal) => resolve({ ok: code === 0, ended: signal === null ? `exit code ${String(code)}` : `ended by ${signal}`, output }));
  });
}
