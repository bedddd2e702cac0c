import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { repository } from "../support/stack.ts";

/** A part of the product under measurement. */
export interface Measured {
  /** What `pattern` found in its output. */
  found: string;
  /** Seconds of processor time that the process used since it began, user and system, all threads. */
  cpuSeconds: () => Promise<number>;
  /** Resident memory now, and its highest mark, in MiB. */
  residentMib: () => Promise<{ now: number; peak: number }>;
  stop: () => Promise<void>;
}

/** Starts `node ...args` and waits for `pattern`, whose first group is what is wanted, in its output. */
export async function startNode(args: string[], pattern: RegExp, env: NodeJS.ProcessEnv = {}): Promise<Measured> {
  const child: ChildProcess = spawn(process.execPath, args, { cwd: repository, env: { ...process.env, NODE_OPTIONS: "", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const found = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const match = pattern.exec(output);
      if (match) resolve(match[1] ?? "");
    });
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code} before it was ready`)));
  });
  return {
    found,
    async cpuSeconds() {
      // In nanoseconds, where /proc/<pid>/stat counts hundredths of a second. Node's threads stay until its end.
      const threads = await readdir(`/proc/${child.pid}/task`);
      const stats = await Promise.all(threads.map((thread) => readFile(`/proc/${child.pid}/task/${thread}/schedstat`, "utf8")));
      return stats.reduce((sum, stat) => sum + Number(stat.split(" ", 1)[0]), 0) / 1e9;
    },
    async residentMib() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      const read = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
      return { now: read("VmRSS"), peak: read("VmHWM") };
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
