import { Agent, request } from "node:http";
import { join } from "node:path";
import { repository } from "../support/stack.ts";
import { median } from "./median.ts";
import { type Measured, startNode } from "./processes.ts";

/**
 * `npm run bench -- preload`: what watching a Node service costs it: processor time until its first answer and per request, memory.
 * An express application alone, under this preload, under it without exemplars, and under OpenTelemetry's own automatic
 * instrumentation (its default settings, but without asking the network for a cloud's metadata), side by side in one run.
 */
export async function run(): Promise<void> {
  const sink = await startNode([join(repository, "test/bench/sink.ts")], /^(\d+)/m);
  const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.found}`, OTEL_SERVICE_NAME: "bench" };
  const ours = { ...otlp, NODE_OPTIONS: "--import @helloagents/telemetry-node/register" };
  const variants: Variant[] = [
    { name: "nothing", env: {} },
    { name: "telemetry-node", env: ours },
    { name: "  without exemplars", env: { ...ours, OTEL_METRICS_EXEMPLAR_FILTER: "always_off" } },
    { name: "auto-instrumentations-node", env: { ...otlp, OTEL_NODE_RESOURCE_DETECTORS: "env,host,os,process", NODE_OPTIONS: "--require @opentelemetry/auto-instrumentations-node/register" } },
  ];
  try {
    await starts(variants);
    await requests(variants);
  } finally {
    await sink.stop();
  }
}

interface Variant {
  name: string;
  env: NodeJS.ProcessEnv;
}

const STARTS = 7;
const ROUNDS = 7;
const REQUESTS = 2_000;
const CONNECTIONS = 8;

const startApp = async ({ env }: Variant): Promise<Measured> => await startNode([join(repository, "services/telemetry-node/fixtures/app.cjs")], /listening (\d+)/, env);

async function starts(variants: Variant[]): Promise<void> {
  const results = variants.map((): { cpu: number; rss: number }[] => []);
  for (let round = 0; round < STARTS; round += 1) {
    for (const [i, variant] of variants.entries()) {
      const app = await startApp(variant);
      await get(app.found, "/items/1", undefined);
      results[i]!.push({ cpu: (await app.cpuSeconds()) * 1e3, rss: (await app.residentMib()).now });
      await app.stop();
    }
  }
  console.log(`From start to the first answer, medians of ${STARTS} interleaved starts:\n`);
  table(variants, ["CPU ms", "x", "RSS MiB"], results.map((all, i) => [median(all.map(({ cpu }) => cpu)).toFixed(0), ratio(all.map(({ cpu }, n) => cpu / results[0]![n]!.cpu)), median(results[i]!.map(({ rss }) => rss)).toFixed(0)]));
}

async function requests(variants: Variant[]): Promise<void> {
  const apps = await Promise.all(variants.map(startApp));
  const agents = apps.map(() => new Agent({ keepAlive: true, maxSockets: CONNECTIONS }));
  const results = variants.map((): number[] => []);
  try {
    // The first two warm up.
    for (let round = -2; round < ROUNDS; round += 1) {
      for (const [i, app] of apps.entries()) {
        const before = await app.cpuSeconds();
        await load(app.found, agents[i]!);
        const spent = ((await app.cpuSeconds()) - before) * 1e6;
        if (round >= 0) results[i]!.push(spent / REQUESTS);
      }
    }
    const memory = await Promise.all(apps.map(async (app) => (await app.residentMib()).now));
    console.log(`\nGET /items/:id of express, ${CONNECTIONS} connections, medians of ${ROUNDS} interleaved rounds of ${REQUESTS} requests after two to warm up:\n`);
    table(variants, ["CPU µs", "x", "RSS MiB"], results.map((all, i) => [median(all).toFixed(0), ratio(all.map((cpu, n) => cpu / results[0]![n]!)), memory[i]!.toFixed(0)]));
    console.log("\nProcessor time of all threads of the application's process (/proc/<pid>/task/*/schedstat); x: median of the ratios to the application alone in the same round.");
  } finally {
    for (const agent of agents) agent.destroy();
    for (const app of apps) await app.stop();
  }
}

async function load(port: string, agent: Agent): Promise<void> {
  const left = Array.from({ length: REQUESTS }, (_, n) => `/items/${n}`).values();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const path of left) await get(port, path, agent);
    }),
  );
}

async function get(port: string, path: string, agent: Agent | undefined): Promise<void> {
  await new Promise<void>((done, fail) => void request({ host: "127.0.0.1", port, path, agent }, (answer) => answer.resume().on("end", done)).on("error", fail).end());
}

function table(variants: Variant[], head: string[], rows: string[][]): void {
  console.log(line("", head));
  for (const [i, { name }] of variants.entries()) console.log(line(name, rows[i]!));
}

const line = (name: string, cells: string[]): string => name.padEnd(28) + cells.map((cell) => cell.padStart(10)).join("");

const ratio = (ratios: number[]): string => median(ratios).toFixed(2);
