import { Agent, request } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { gunzipSync, gzipSync } from "node:zlib";
import { exceptionLogs, hostileLog, type Layout, messages, plainLogs, plainSpans, type Signal } from "./bridge-load.ts";
import { median } from "./median.ts";
import { type Measured, startNode } from "./processes.ts";

/**
 * `npm run bench -- bridge [throughput] [growth] [latency] [memory]` (default: all): what services/sentry-bridge costs, from OTLP over HTTP to envelopes that a sink on loopback took. Rates are per
 * second of the bridge's own processor time (/proc, all its threads), so that others on the machine do not count; medians of interleaved
 * rounds. Beside it in the same run: what plain protobufjs needs to decode the same bytes.
 */
export async function run(only: string[]): Promise<void> {
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const sink = await startNode(["test/bench/sink.ts"], /^(\d+)/);
  const started: Measured[] = [sink];
  const bridge = async (project: number, env: NodeJS.ProcessEnv = {}): Promise<Bridge> => {
    const process = await startNode(["services/sentry-bridge/src/main.ts"], /listening on (\S+)/, { SENTRY_DSN: `http://public@127.0.0.1:${sink.found}/${project}`, SENTRY_BRIDGE_PORT: "0", ...env });
    started.push(process);
    return { process, url: process.found };
  };
  try {
    const rate = wanted("throughput") ? await throughput(await bridge(1)) : GOAL;
    if (wanted("growth")) await growth(await bridge(1));
    if (wanted("latency")) await latency(await bridge(1), rate / 2);
    if (wanted("memory")) await memory(await bridge(2, { SENTRY_BRIDGE_REQUEST_TIMEOUT_MS: "60000", SENTRY_BRIDGE_SEND_TIMEOUT_MS: "60000" }));
  } finally {
    for (const process of started) await process.stop();
  }
}

/** Exceptions a second. */
const GOAL = 2000;

interface Bridge {
  process: Measured;
  url: string;
}

interface Case {
  name: string;
  signal: Signal;
  /** Exceptions or spans a request, and requests a round. */
  count: number;
  requests: number;
  make: () => Buffer;
  gzip?: boolean;
}

const exceptions = (count: number, frames: number, requests: number, layout: Layout = "v8"): Case => ({
  name: `exceptions, ${layout}, ${frames} frames, ${count} a request`, signal: "logs", count, requests, make: () => exceptionLogs(count, frames, layout), gzip: true,
});
const spans = (count: number, requests: number, gzip: boolean): Case => ({ name: `spans without exceptions, ${count} a request${gzip ? ", gzip" : ""}`, signal: "traces", count, requests, make: () => plainSpans(count), gzip });

/** The first is the one that the goal is about: what a Collector sends of Node services. */
const EXCEPTIONS: Case[] = [
  exceptions(100, 15, 12),
  exceptions(1, 15, 600),
  exceptions(1000, 15, 2),
  exceptions(100, 5, 12),
  exceptions(100, 50, 8),
  exceptions(100, 200, 4),
  exceptions(100, 50, 8, "java"),
  exceptions(100, 50, 8, "python"),
];
const SKIMMED: Case[] = [
  spans(512, 80, false),
  spans(512, 80, true),
  spans(32, 600, false),
  spans(8192, 6, false),
  { name: "log records without exceptions, 512 a request", signal: "logs", count: 512, requests: 80, make: () => plainLogs(512) },
];
const ROUNDS = 5;
/** As many as the Collector's exporter sends at once. */
const CONSUMERS = 4;

async function throughput(bridge: Bridge): Promise<number> {
  console.log(`Per second of the bridge's processor time, medians of ${ROUNDS} interleaved rounds (after one to warm up); protobufjs decodes the same bytes in the bench's process.\n`);
  console.log(row(["", "bridge /s", "µs each", "bytes each", "protobufjs /s", "its µs"]));
  let first = 0;
  for (const cases of [EXCEPTIONS, SKIMMED]) {
    const results = cases.map((): Cost[] => []);
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const [i, each] of cases.entries()) {
        const cost = await measure(bridge, each);
        if (round >= 0) results[i]!.push(cost);
      }
    }
    for (const [i, { name }] of cases.entries()) {
      const ours = median(results[i]!.map(({ bridge: cpu }) => cpu));
      const theirs = median(results[i]!.map(({ decode }) => decode));
      if (first === 0) first = 1e6 / ours;
      console.log(row([name, rate(ours), ours.toFixed(1), String(results[i]![0]!.bytes), rate(theirs), theirs.toFixed(1)]));
    }
    console.log("");
  }
  console.log("The bridge's figures are all of it: HTTP, unpacking, decoding, stacks, events, envelopes, answers. Goals: 2,000 exceptions, 150,000 spans.");
  return first;
}

interface Cost {
  /** Microseconds of processor time for one exception or span. */
  bridge: number;
  decode: number;
  bytes: number;
}

async function measure({ process: bridge, url }: Bridge, { signal, count, requests, make, gzip }: Case): Promise<Cost> {
  const plain = Array.from({ length: requests }, make);
  const bodies = gzip ? plain.map((body) => gzipSync(body)) : plain;
  const before = await bridge.cpuSeconds();
  const left = bodies.values();
  await Promise.all(
    Array.from({ length: CONSUMERS }, async () => {
      for (const body of left) await post(url, signal, body, gzip);
    }),
  );
  const spent = (await bridge.cpuSeconds()) - before;

  const start = process.cpuUsage();
  for (const body of bodies) messages[signal].decode(gzip ? gunzipSync(body) : body);
  const { user, system } = process.cpuUsage(start);
  const items = count * requests;
  return { bridge: (spent * 1e6) / items, decode: (user + system) / items, bytes: Math.round(plain[0]!.length / count) };
}

const HOSTILE: Record<string, string> = { "frames of V8": "    at f (/x.js:1:2)\n", "frames of Rust": "   0: a\n", causes: "Caused by: a\n", "one line": "a@https://x/:1", spaces: " \n" };
const SIZES_KIB = [64, 128, 256, 512, 2048];

/** What one exception with a stack text made to be slow costs, by the text's size: twice the size must not cost more than twice. */
async function growth({ process: bridge, url }: Bridge): Promise<void> {
  console.log("\nMilliseconds of processor time for one exception with a hostile stack text, by its size (read from both ends beyond 512 KiB), medians:\n");
  console.log(row(["", ...SIZES_KIB.map((size) => `${size} KiB`)]));
  for (const [name, piece] of Object.entries(HOSTILE)) {
    const spent = SIZES_KIB.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [i, size] of SIZES_KIB.entries()) {
        const before = await bridge.cpuSeconds();
        await post(url, "logs", hostileLog(piece, size * 1024));
        spent[i]!.push((await bridge.cpuSeconds()) - before);
      }
    }
    console.log(row([name, ...spent.map((seconds) => (median(seconds) * 1000).toFixed(1))]));
  }
}

/** Requests of 20 exceptions at a fixed pace, whether or not the ones before were answered: the answer comes after Sentry's. */
async function latency({ url }: Bridge, perSecond: number): Promise<void> {
  const count = 20;
  const make = (requests: number): Buffer[] => Array.from({ length: requests }, () => gzipSync(exceptionLogs(count, 15)));
  // Warm, as a running bridge is.
  for (const body of make(100)) await post(url, "logs", body, true);
  const rounds: number[][] = [];
  // How late this process itself is served: on a busy machine the figures are the machine's.
  const own = monitorEventLoopDelay({ resolution: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    const bodies = make(200);
    own.enable();
    const begin = performance.now();
    const took = bodies.map(async (body, i) => {
      const due = begin + (i * 1000 * count) / perSecond;
      await new Promise((resume) => setTimeout(resume, Math.max(0, due - performance.now())));
      const sent = performance.now();
      await post(url, "logs", body, true);
      return performance.now() - sent;
    });
    rounds.push((await Promise.all(took)).toSorted((a, b) => a - b));
    own.disable();
  }
  const at = (share: number): string => median(rounds.map((sorted) => sorted[Math.floor(sorted.length * share)] ?? 0)).toFixed(1);
  console.log(
    `\nLatency added, from an OTLP request of ${count} exceptions to its answer (Sentry has them all by then), at ${perSecond.toFixed(0)} exceptions/s: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (goal 50); wall time, medians of ${ROUNDS} rounds; the bench's own timers were late by ${(own.percentile(99) / 1e6).toFixed(1)} ms (p99)`,
  );
}

/** Sentry hangs while 10,000 exceptions come in. */
async function memory({ process: bridge, url }: Bridge): Promise<void> {
  const idle = await bridge.residentMib();
  const count = 500;
  const answers: Promise<number>[] = [];
  for (let i = 0; i < 10_000 / count; i += 1) answers.push(post(url, "logs", gzipSync(exceptionLogs(count, 15)), true).catch(() => 0));
  const samples: number[] = [];
  let metrics = "";
  for (let i = 0; i < 100 && !/exceptions_in_flight 10000/.test(metrics); i += 1) {
    await new Promise((resume) => setTimeout(resume, 100));
    metrics = await (await fetch(`${url}/metrics`)).text();
    samples.push((await bridge.residentMib()).now);
  }
  const inFlight = /exceptions_in_flight (\d+)/.exec(metrics)?.[1];
  const held = Number(/in_flight_bytes (\d+)/.exec(metrics)?.[1] ?? 0) / 1024 / 1024;
  const { now, peak } = await bridge.residentMib();
  console.log(`\nMemory with a Sentry that hangs: ${inFlight} exceptions in flight (${held.toFixed(0)} MiB by the bridge's own count): ${now.toFixed(0)} MiB resident, ${peak.toFixed(0)} at most; idle ${idle.now.toFixed(0)} (goal 200)`);
  await bridge.stop();
  await Promise.all(answers);
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Throws unless the bridge took it: a figure of refused requests would be none. */
function post(url: string, signal: Signal, body: Buffer, gzip = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": String(body.length), ...(gzip && { "content-encoding": "gzip" }) };
    const outgoing = request(`${url}/v1/${signal}`, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.on("end", () => (answer.statusCode === 200 ? resolve(200) : reject(new Error(`the bridge answered ${answer.statusCode}`))));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function rate(microseconds: number): string {
  return Math.round(1e6 / microseconds).toLocaleString("en");
}

function row(cells: string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(54) : cell.padStart(14))).join("");
}
