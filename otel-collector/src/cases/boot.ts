import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import type { Environment } from "../config/environment.ts";
import { CannotRun } from "../failure.ts";
import type { Request } from "./otlp-from-case.ts";

const START_MS = 15_000;
const STOP_MS = 15_000;

/** A Collector on loopback ports of its own. */
export interface Boot {
  /** Posts OTLP/JSON to a port. @throws CannotRun when the Collector does not take it. */
  send(port: number, request: Request): Promise<void>;
  /** SIGTERM, and wait: what it still held has been sent then. */
  stop(): Promise<void>;
  kill(): void;
  output(): string;
}

/** Starts the binary; the first `send` waits until it listens. */
export function boot(collector: string, configPath: string, env: Environment): Boot {
  const child = spawn(collector, ["--config", configPath], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  let ended = false;
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-64 * 1024));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const end = new Promise<void>((resolve) => {
    const done = (): void => {
      ended = true;
      running.delete(child);
      resolve();
    };
    child.on("error", (error) => {
      output += error.message;
      done();
    });
    child.on("close", done);
  });

  const post = async (port: number, { signal, body }: Request): Promise<Response> => {
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        return await fetch(`http://127.0.0.1:${port}/v1/${signal}`, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(START_MS) });
      } catch (error) {
        if (ended) throw new CannotRun(`The Collector ended at start: ${lastError(output)}`);
        // Not listening yet. Anything else may have been taken, and must not be sent twice.
        const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
        if (cause?.code !== "ECONNREFUSED" || Date.now() > deadline) throw new CannotRun(`The Collector did not answer within ${START_MS / 1000} s: ${lastError(output)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  };

  return {
    async send(port, request) {
      const response = await post(port, request);
      const text = await response.text();
      if (!response.ok) throw new CannotRun(`The Collector answered ${response.status} to the ${request.signal} given: ${text.slice(0, 300)}`);
    },
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await end;
      clearTimeout(timer);
      if (child.exitCode !== 0) throw new CannotRun(`The Collector ended with ${child.exitCode ?? child.signalCode} at the stop: ${lastError(output)}`);
    },
    kill: () => void child.kill("SIGKILL"),
    output: () => output,
  };
}

const running = new Set<ChildProcess>();

/** Nothing is left behind, however this process ends. */
export function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

const isNoise = (line: string): boolean => line === "" || /^\d{4}-\d\d-\d\dT/.test(line);

/** The part of the Collector's output that says what was wrong, in one line. */
function lastError(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const start = lines.findLastIndex((line) => line.startsWith("Error: "));
  const error = start >= 0 ? lines.slice(start).filter((line) => !isNoise(line)).join(" ") : lines.findLast((line) => line !== "");
  return (error ?? "it printed nothing").replace(/^Error: /, "").replaceAll(" decoding failed due to the following error(s):", "").slice(0, 500);
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
