import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** Whether a process with this id exists (a zombie does not count where /proc tells). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return procStat(pid)?.state !== "Z";
}

/** When a process started, in clock ticks since boot: with it, a process id that was given out again is told apart. Undefined without /proc. */
export function startTicks(pid: number): string | undefined {
  return procStat(pid)?.startTicks;
}

/** proc(5), /proc/pid/stat: field 3 is the state, field 22 the start time; field 2 is a name in parentheses that may hold spaces. */
function procStat(pid: number): { state: string; startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** The process that listens on a loopback or any-address TCP port, as far as this user may see it (Linux only). */
export function listenerOf(port: number): { pid: number; command: string } | undefined {
  const inodes = listeningSockets(port);
  if (inodes.size === 0) return undefined;
  for (const name of list("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    for (const descriptor of list(`/proc/${name}/fd`)) {
      if (inodes.has(link(`/proc/${name}/fd/${descriptor}`))) return { pid: Number(name), command: commandLine(name) };
    }
  }
  return undefined;
}

/** proc(5), /proc/net/tcp: local address is hex address:port, state 0A is LISTEN, field 10 the inode. */
function listeningSockets(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => read(file).split("\n").slice(1));
  const fields = lines.map((line) => line.trim().split(/\s+/));
  return new Set(fields.filter((field) => field[1]?.endsWith(`:${wanted}`) && field[3] === "0A").map((field) => `socket:[${field[9] ?? ""}]`));
}

/** The program and what it works on, without folders of the program and without flags: `node /srv/app/main.js`. */
function commandLine(pid: string): string {
  const [program = "", ...args] = read(`/proc/${pid}/cmdline`).split("\0").filter((word) => word !== "");
  const words = [basename(program), ...args.filter((word) => !word.startsWith("-"))].join(" ");
  return words.length > 60 ? `${words.slice(0, 57)}...` : words;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
