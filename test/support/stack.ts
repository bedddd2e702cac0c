import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePorts, type PortName, portNames } from "./ports.ts";

export const repository = resolve(import.meta.dirname, "../..");

/** One part as the stack reports it in `<data>/run/state.json`. */
export interface Part {
  name: string;
  state: string;
  pid?: number;
  restarts: number;
  url?: string;
  message?: string;
}

/** Where a running stack is: all that another process needs to talk to it. */
export interface Address {
  ports: Record<PortName, number>;
  data: string;
  pid: number;
}

/** A running `npm start`, on ports and a data folder of its own. */
export interface Stack extends Address {
  url: (port: PortName, path?: string) => string;
  parts: () => Promise<Part[]>;
  part: (name: string) => Promise<Part>;
}

/** The same, held by the process that started it. */
export interface OwnStack extends Stack {
  output: () => string;
  running: () => boolean;
  /** SIGTERM; resolves with the exit code when the supervisor is gone. */
  stop: () => Promise<number | null>;
  /** The exit code, when all that it printed has been read. */
  exited: Promise<number | null>;
}

export function attach(address: Address): Stack {
  const parts = async (): Promise<Part[]> => (await readState(address.data)).parts;
  return {
    ...address,
    parts,
    url: (port, path = "") => `http://127.0.0.1:${address.ports[port]}${path}`,
    part: async (name) => {
      const part = (await parts()).find((candidate) => candidate.name === name);
      if (part === undefined) throw new Error(`the stack has no part named ${name}`);
      return part;
    },
  };
}

export interface StackOptions {
  /** what to run instead of start.mjs; options are appended */
  command?: string[];
  args?: string[];
  env?: NodeJS.ProcessEnv;
  data?: string;
  ports?: Record<PortName, number>;
  /** false: return as soon as it was spawned, e.g. to watch it refuse to start */
  waitUntilReady?: boolean;
}

/** Starts the stack as a user would, and waits until every part is ready. The caller stops it. */
export async function startStack(options: StackOptions = {}): Promise<OwnStack> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "helloagents-story-")));
  const ports = options.ports ?? (await choosePorts());
  const portArgs = portNames.flatMap((name) => ["--port", `${name}=${ports[name]}`]);
  const [command = "", ...first] = options.command ?? [process.execPath, "services/stack/start.mjs"];
  const child: ChildProcess = spawn(command, [...first, "--data", data, ...portArgs, ...(options.args ?? [])], {
    cwd: repository,
    env: { ...process.env, NODE_OPTIONS: "", ...options.env },
    // The channel carries nothing: when the test run is killed it closes, and the stack ends itself.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let text = "";
  const collect = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-200_000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const exited = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  const pid = child.pid;
  if (pid === undefined) throw new Error("the stack could not be spawned");

  const stack: OwnStack = {
    ...attach({ ports, data, pid }),
    exited,
    output: () => text,
    running: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      child.kill("SIGTERM");
      const code = await exited;
      if (options.data === undefined) await rm(data, { recursive: true, force: true });
      return code;
    },
  };
  if (options.waitUntilReady !== false) await ready(stack);
  return stack;
}

async function ready(stack: OwnStack): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && stack.running()) {
    const state = await readState(stack.data).catch(() => undefined);
    if (state?.ready === true) return;
    await new Promise((resume) => setTimeout(resume, 100));
  }
  const output = stack.output();
  await stack.stop();
  throw new Error(`the stack did not become ready; it printed:\n${output}`);
}

async function readState(data: string): Promise<{ ready: boolean; parts: Part[] }> {
  return JSON.parse(await readFile(join(data, "run/state.json"), "utf8")) as { ready: boolean; parts: Part[] };
}

export async function choosePorts(): Promise<Record<PortName, number>> {
  const free = await freePorts(portNames.length);
  return Object.fromEntries(portNames.map((name, index) => [name, free[index]])) as Record<PortName, number>;
}
