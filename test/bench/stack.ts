import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { eventually } from "../support/eventually.ts";
import { inbox, postJson } from "../support/queries.ts";
import { type OwnStack, startStack } from "../support/stack.ts";

/**
 * `npm run bench -- stack [minutes]`: time until every part is ready (binaries and builds there), time from an error thrown in a
 * route to the console's inbox (median of 15), memory of each process after `minutes` (default 5) of demo traffic.
 */
export async function run([minutes = "5"]: string[]): Promise<void> {
  const started = performance.now();
  const stack = await startStack();
  try {
    console.log(`ready after ${seconds(performance.now() - started)} s (warm: binaries and builds were there)`);
    const delays: number[] = [];
    for (let round = 0; round < 15; round += 1) delays.push(await errorToInbox(stack));
    const sorted = delays.toSorted((a, b) => a - b);
    console.log(`error thrown in a route to the inbox: median ${seconds(sorted[7] ?? 0)} s, slowest of 15 ${seconds(sorted[14] ?? 0)} s`);
    await new Promise((resume) => setTimeout(resume, Number(minutes) * 60_000));
    console.log(`memory after ${minutes} min of demo traffic, in MiB (VmRSS: a page shared by two processes counts twice; Pss: half for each):`);
    const parts = new Map((await stack.parts()).map(({ name, pid }) => [pid, name]));
    const rows = await Promise.all((await familyOf(stack.pid)).map(async (pid) => ({ name: parts.get(pid) ?? (pid === stack.pid ? "supervisor" : await commandOf(pid)), ...(await memoryOf(pid)) })));
    const all = { name: "all", rss: rows.reduce((sum, { rss }) => sum + rss, 0), pss: rows.reduce((sum, { pss }) => sum + pss, 0) };
    for (const { name, rss, pss } of [{ name: "", rss: "VmRSS", pss: "Pss" }, ...rows, all]) console.log(`  ${name.padEnd(24)} ${mib(rss)} ${mib(pss)}`);
  } finally {
    await stack.stop();
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

async function errorToInbox(stack: OwnStack): Promise<number> {
  const { token } = await postJson<{ token: string }>(stack.url("backend", "/api/sessions"), { name: "bench" });
  const known = new Set((await inbox(stack, "sentry")).map(({ raw }) => eventId(raw)));
  const thrown = performance.now();
  await fetch(stack.url("backend", "/api/demo/errors/sync"), { headers: { authorization: `Bearer ${token}` } });
  await eventually("the error in the inbox", async () => (await inbox(stack, "sentry")).some(({ raw }) => !known.has(eventId(raw))));
  return performance.now() - thrown;
}

const eventId = (raw: unknown): string => (raw as { event_id?: string }).event_id ?? "";

/** A process and all that it started, and so on. */
async function familyOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const children = await Promise.all(text.split(" ").filter(Boolean).map(async (child) => await familyOf(Number(child))));
  return [pid, ...children.flat()];
}

/** The program of a process that is no part of its own: the Collector under its parent, a shell. */
const commandOf = async (pid: number): Promise<string> => `  ${basename((await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0", 1)[0] ?? "")}`;

async function memoryOf(pid: number): Promise<{ rss: number; pss: number }> {
  const [status, rollup] = await Promise.all(["status", "smaps_rollup"].map(async (name) => await readFile(`/proc/${pid}/${name}`, "utf8")));
  return { rss: mibIn(status, "VmRSS"), pss: mibIn(rollup, "Pss") };
}

const mibIn = (text: string | undefined, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text ?? "")?.[1] ?? 0) / 1024;

const mib = (value: number | string): string => (typeof value === "string" ? value : value.toFixed(0)).padStart(6);
