import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import type { Environment } from "../config/environment.ts";
import { CannotRun, messageOf } from "../failure.ts";
import type { Request } from "./otlp-from-case.ts";

const START_MS = 30_000;
const STOP_MS = 15_000;

// It says that it is ready a moment before it listens to signals; one that comes in between ends it at once, with what it holds.
const TOO_EARLY = "The Collector was stopped before it could stop gracefully.";

/** Whether an error is nobody's fault and gone when it is tried again: that, or a port that was free and is taken now. */
export const isPassing = (message: string): boolean => message === TOO_EARLY || message.includes("address already in use");

/** A Collector on loopback ports of its own. */
export interface Boot {
  /** Posts OTLP/JSON to a port. @throws CannotRun when the Collector does not take it. */
  send(port: number, request: Request): Promise<void>;
  /** SIGTERM, and wait: what it still held has been sent then. */
  stop(): Promise<void>;
  kill(): void;
  output(): string;
  /** Whether it has ended, asked to or not. */
  hasEnded(): boolean;
}

/** Starts the binary; the first `send` waits until it is ready. */
export function boot(collector: string, configPath: string, env: Environment): Boot {
  const child = spawn(collector, ["--config", configPath], { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  let ended = false;
  let isReady = false;
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-64 * 1024);
    isReady ||= output.includes("Everything is ready");
  };
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

  // Its own word, not a connection: one to a port of this range that nobody listens on yet can end up connected to itself.
  const ready = async (): Promise<void> => {
    const deadline = Date.now() + START_MS;
    for (;;) {
      if (isReady) return;
      if (ended) throw new CannotRun(`The Collector ended at start: ${lastError(output)}`);
      if (Date.now() > deadline) throw new CannotRun(`The Collector was not ready within ${START_MS / 1000} s: ${lastError(output)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  return {
    async send(port, request) {
      await ready();
      const { signal, body } = request;
      const answer = async (): Promise<{ ok: boolean; status: number; text: string }> => {
        const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(START_MS) });
        return { ok: response.ok, status: response.status, text: await response.text() };
      };
      const response = await answer().catch(async (error: unknown) => {
        // A moment, so that a Collector that panics can be heard out.
        await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 1000))]);
        const panic = /\bpanic\b.*$/m.exec(output)?.[0];
        throw new CannotRun(ended ? `The Collector ended while it worked: ${panic ?? lastError(output)}` : `The Collector did not answer: ${panic ?? messageOf(error)}`);
      });
      const { text } = response;
      if (!response.ok) throw new CannotRun(`The Collector answered ${response.status} to the ${signal} given: ${text.slice(0, 300)}`);
    },
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await end;
      clearTimeout(timer);
      if (child.signalCode === "SIGTERM") throw new CannotRun(TOO_EARLY);
      if (child.exitCode !== 0) throw new CannotRun(`The Collector ended with ${child.exitCode ?? child.signalCode} at the stop: ${lastError(output)}`);
    },
    kill: () => void child.kill("SIGKILL"),
    output: () => output,
    hasEnded: () => ended,
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
