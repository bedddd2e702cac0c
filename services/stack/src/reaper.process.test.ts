import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "./process-info.ts";

/** A parent that takes a lock, starts the reaper and three children, of which one has a child itself and one ends, then tells their ids. */
const parent = `
import { spawn } from "node:child_process";
import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
import { startReaper } from ${JSON.stringify(join(import.meta.dirname, "reaper.ts"))};
const lock = takeLock(process.argv[1]);
const reaper = startReaper(process.argv[1]);
lock.setHelper(reaper.pid);
const start = (script) => { const child = spawn("sh", ["-c", script], { detached: true, stdio: "ignore" }); reaper.add(child.pid); return child; };
const plain = start("exec sleep 300");
const family = start("sleep 301 & wait");
const gone = start("exec true");
gone.once("exit", () => { reaper.remove(gone.pid); console.log(JSON.stringify({ reaper: reaper.pid, children: [plain.pid, family.pid] })); });
setInterval(() => {}, 1000);
`;

let folder = "";
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-reaper-"));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function startParent(): Promise<{ child: ChildProcess; reaper: number; children: number[] }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", parent, join(folder, "lock")], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NODE_OPTIONS: "" } });
  started.push(child);
  const line = await new Promise<string>((resolve) => child.stdout?.once("data", (data: Buffer) => resolve(data.toString())));
  return { child, ...(JSON.parse(line) as { reaper: number; children: number[] }) };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/** Whether a process ignores SIGTERM: its shell has got that far. */
function isDeaf(pid: number): boolean {
  const ignored = BigInt(`0x${/^SigIgn:\s+(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0"}`);
  return (ignored & (1n << 14n)) !== 0n;
}

test.each(["SIGKILL", "SIGTERM"] as const)("%s of the parent ends its children and their children, the lock and the reaper", async (signal) => {
  const { child, reaper, children } = await startParent();
  expect([reaper, ...children].every(isAlive)).toBe(true);
  child.kill(signal);
  await until("the end of all children", () => !children.some(isAlive));
  await until("the end of the reaper", () => !isAlive(reaper));
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

test("signals that end the parent do not end the reaper first", async () => {
  const { child, reaper, children } = await startParent();
  await until("its trap", () => isDeaf(reaper));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(reaper, signal);
  expect(children.every(isAlive)).toBe(true);
  child.kill("SIGKILL");
  await until("the end of all children", () => !children.some(isAlive));
});
