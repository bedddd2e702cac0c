import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Item, itemsOf } from "../cases/items.ts";
import { CannotRun } from "../failure.ts";
import { command } from "../run/control.ts";
import { MAX_S, type TapStarted } from "./lease.ts";
import { limit } from "./limit.ts";
import { parseFilter, passes, show, showJson } from "./show.ts";

export interface TapOptions {
  filter: string[];
  count?: string;
  for: string;
  json?: boolean;
  runDir?: string;
}

/** Shown at most in a second: more nobody reads, and a terminal that cannot keep up must not fill the memory. */
const PER_SECOND = 50;
const REQUEST_BYTES = 16 * 1024 * 1024;

/** `pipeline tap`. Resolves with the exit code when it has been ended and the Collector runs as before. */
export async function tapCommand(target: string | undefined, options: TapOptions): Promise<number> {
  const filters = options.filter.map(parseFilter);
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : positive("--count", options.count, 1_000_000);
  const for_s = positive("--for", options.for, MAX_S);
  const over = new AbortController();
  let started: TapStarted | undefined;
  let shown = 0;
  const inSecond = limit(PER_SECOND);

  const take = (index: number, item: Item): void => {
    const label = started?.points[index]?.label;
    if (label === undefined || over.signal.aborted || !passes(item, filters)) return;
    if (!inSecond.pass()) return;
    console.log(options.json ? showJson(label, item) : show(label, item));
    if (++shown >= count) over.abort();
  };
  const tellHidden = (): void => {
    const hidden = inSecond.tick();
    if (hidden > 0) console.error(`... ${hidden} more in this second, not shown (limit ${PER_SECOND}; narrow it with --filter)`);
  };
  const second = setInterval(tellHidden, 1_000);
  const sink = await openSink(take);
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => over.abort());
  const onLine = (line: string): void => {
    const told = line.startsWith("{") ? (JSON.parse(line) as Partial<TapStarted> & { ended?: string }) : undefined;
    if (told?.points !== undefined) {
      started = { points: told.points };
      console.error(`Looking at ${told.points.map(({ label }) => label).join(", ")}. Ctrl-C ends it; it ends by itself after ${for_s} s.`);
      const open = [...new Set(told.points.filter(({ isMasked }) => !isMasked).map(({ label }) => label))];
      if (open.length > 0) console.error(`Take care: nothing has been masked there yet, so secrets may be seen: ${open.join(", ")}.`);
    } else console.error(told?.ended === undefined ? line : `Ended: ${told.ended}.`);
  };
  try {
    return await command(options.runDir, "tap", { target, url, for_s }, onLine, over.signal).catch(async (error: unknown) => {
      if (!over.signal.aborted) throw error;
      // Back to as it was, before anybody goes on.
      return await command(options.runDir, "settled", {}, () => undefined);
    });
  } finally {
    clearInterval(second);
    tellHidden();
    sink.closeAllConnections();
    sink.close();
  }
}

function positive(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new CannotRun(`${option} ${text}: give a whole number from 1 to ${most}.`);
  return value;
}

/** Takes OTLP/JSON at `/<index>/v1/<signal>`; answers at once, so that the Collector waits for nothing. */
async function openSink(take: (index: number, item: Item) => void): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= REQUEST_BYTES) chunks.push(chunk);
    });
    request.on("end", () => {
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      if (bytes > REQUEST_BYTES) return;
      const index = Number((request.url ?? "").split("/")[1]);
      for (const item of itemsOf(JSON.parse(Buffer.concat(chunks).toString()))) take(index, item);
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return server;
}
