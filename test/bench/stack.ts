import { readFile } from "node:fs/promises";
import { eventually } from "../support/eventually.ts";
import { inbox, postJson } from "../support/queries.ts";
import { type OwnStack, startStack } from "../support/stack.ts";

/**
 * `npm run bench -- stack [minutes]`: time until every part is ready (binaries and builds there), time from an error thrown in a
 * route to the console's inbox (median of 15), resident memory of each process after `minutes` (default 5) of demo traffic.
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
    console.log(`resident memory after ${minutes} min of demo traffic (VmRSS; a page shared by two processes counts twice):`);
    let total = 0;
    for (const { name, pid } of [{ name: "supervisor", pid: stack.pid }, ...(await stack.parts())]) {
      if (pid === undefined) continue;
      const mib = await residentMib(pid);
      total += mib;
      console.log(`  ${name.padEnd(16)} ${mib.toFixed(0).padStart(5)} MiB`);
    }
    console.log(`  ${"all".padEnd(16)} ${total.toFixed(0).padStart(5)} MiB`);
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

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}
