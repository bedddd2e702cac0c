// What panels by route cost Prometheus: each query of the committed API dashboard on the recordings of rules/by-minute.yml, and the same with the metrics themselves.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { asked, type Dashboard, readDashboards } from "../support/dashboards.ts";
import { repository } from "../support/stack.ts";
import { program, withPrometheus } from "./programs.ts";

/** 20 routes x 3 status codes x 2 instances, a sample every 15 s. */
const ROUTES = 20;
const CODES = ["200", "404", "500"];
const INSTANCES = ["a", "b"];
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 7.5, 10, Infinity];
const HOURS = 12;
const END = Date.UTC(2026, 0, 31) / 1000;
const START = END - HOURS * 3600;
/** As many points as a week has at a step of half an hour; and an hour as it opens. */
const VIEWS = [{ name: `${HOURS} h, 336 points`, spanS: HOURS * 3600, stepS: 120 }, { name: "1 h", spanS: 3600, stepS: 60 }];
const RUNS = 5;

type Answer = { samples: number; ms: number; values: Map<string, number[]> };

export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "bench-queries-"));
  try {
    const lines = await makeBlocks(folder);
    console.log(`${ROUTES} routes x ${CODES.length} codes x ${INSTANCES.length} instances, ${HOURS} h of a sample every 15 s: ${lines.toLocaleString("en")} samples of the metrics`);
    console.log(`Samples: totalQueryableSamples (stats=all); time: evalTotalTime, median of ${RUNS}, both kinds in turns; values: the largest difference of the mean of a line.\n`);
    await withPrometheus(join(folder, "data"), async (url) => {
      for (const view of VIEWS) await compare(url, view);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(url: string, view: (typeof VIEWS)[number]): Promise<void> {
  const dashboard = readDashboards().find(({ uid }) => uid === "api-performance")!;
  console.log(`${view.name.padEnd(36)}     metrics               recorded             metrics / recorded      values`);
  const sums = { metrics: 0, recorded: 0 };
  for (const panel of dashboard.panels) {
    for (const { refId, expr, instant = false } of panel.targets.filter(({ expr: text }) => text.includes("job_route"))) {
      // Both kinds stand in each query: a chosen instance is read from the metrics. Chosen are both, by a pattern that is not everything.
      const recorded = filled(dashboard, expr, view, ".*");
      const metrics = filled(dashboard, expr, view, ".+");
      const answers: Record<"metrics" | "recorded", Answer[]> = { metrics: [], recorded: [] };
      for (let round = 0; round < RUNS; round += 1) {
        answers.metrics.push(await ask(url, metrics, view, instant));
        answers.recorded.push(await ask(url, recorded, view, instant));
      }
      const [raw, own] = [median(answers.metrics), median(answers.recorded)];
      sums.metrics += raw.samples;
      sums.recorded += own.samples;
      console.log(`  ${`${panel.title} ${refId}`.padEnd(34)}${cell(raw)}${cell(own)}${String((raw.samples / own.samples).toFixed(1)).padStart(10)} x samples ${(raw.ms / own.ms).toFixed(1).padStart(5)} x time${(difference(raw.values, own.values) * 100).toFixed(2).padStart(9)} %`);
    }
  }
  console.log(`  ${"all".padEnd(34)}${sums.metrics.toLocaleString("en").padStart(12)}${sums.recorded.toLocaleString("en").padStart(24)}${(sums.metrics / sums.recorded).toFixed(1).padStart(22)} x samples\n`);
}

function filled(dashboard: Dashboard, expr: string, { spanS, stepS }: (typeof VIEWS)[number], instance: string): string {
  return asked(dashboard, expr.replaceAll("$__range", `${spanS}s`).replaceAll("$instance", instance), "now-1h", stepS);
}

async function ask(url: string, query: string, { spanS, stepS }: (typeof VIEWS)[number], instant: boolean): Promise<Answer> {
  const times = instant ? { time: String(END) } : { start: String(END - spanS + stepS), end: String(END), step: String(stepS) };
  const answer = await fetch(`${url}/api/v1/query${instant ? "" : "_range"}`, { method: "POST", body: new URLSearchParams({ query, stats: "all", ...times }) });
  type Found = { error?: string; data?: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[]; stats: { timings: { evalTotalTime: number }; samples: { totalQueryableSamples: number } } } };
  const { data, error } = (await answer.json()) as Found;
  if (!data) throw new Error(`${query}: ${error}`);
  const values = data.result.map(({ metric, value, values: many = [value!] }) => [JSON.stringify(metric), many.map(([, text]) => Number(text))] as const);
  return { samples: data.stats.samples.totalQueryableSamples, ms: data.stats.timings.evalTotalTime * 1000, values: new Map(values) };
}

/**
 * The largest difference of a line's mean, as a share. Point by point they differ more: Prometheus runs rules at a second of its own of each minute, so a recorded
 * minute ended up to one before the point.
 */
function difference(one: Map<string, number[]>, other: Map<string, number[]>): number {
  return Math.max(...[...one].flatMap(([line, values]) => (other.has(line) && mean(values) !== 0 ? [Math.abs(mean(other.get(line)!) / mean(values) - 1)] : [])));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(answers: Answer[]): Answer {
  return answers.toSorted((a, b) => a.ms - b.ms)[Math.floor(answers.length / 2)]!;
}

function cell({ samples, ms }: Answer): string {
  return `${samples.toLocaleString("en").padStart(12)}${ms.toFixed(1).padStart(9)} ms`;
}

/** Counters that grow by chance, the same chance each time; instance b restarts once. And what the rules record of them. */
async function makeBlocks(folder: string): Promise<number> {
  const file = join(folder, "metrics.om");
  const out = createWriteStream(file);
  let lines = 0;
  const write = async (text: string[]): Promise<void> => {
    lines += text.length;
    if (!out.write(`${text.join("\n")}\n`)) await once(out, "drain");
  };
  const name = "http_server_request_duration_seconds";
  await write([`# TYPE ${name} histogram`]);
  let seed = 1;
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let route = 0; route < ROUTES; route += 1) for (const code of CODES) for (const instance of INSTANCES) {
    const labels = `job="helloagents-api",instance="${instance}",http_request_method="GET",http_route="/${route}",http_response_status_code="${code}"`;
    const counts = BOUNDS.map(() => 0);
    for (let time = START; time <= END; time += 15) {
      if (instance === "b" && time === START + (HOURS * 3600) / 2) counts.fill(0);
      const typical = 2 + Math.floor(chance() * 8);
      for (const index of BOUNDS.keys()) counts[index]! += index < typical ? 0 : Math.min(10, (index - typical + 1) * 3);
      await write([...BOUNDS.map((bound, index) => `${name}_bucket{${labels},le="${bound === Infinity ? "+Inf" : bound}"} ${counts[index]} ${time}`), `${name}_count{${labels}} ${counts.at(-1)} ${time}`]);
    }
  }
  out.end("# EOF\n");
  await once(out, "close");
  const promtool = promisify(execFile);
  await promtool(program("promtool"), ["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=2000h", file, join(folder, "data")], { maxBuffer: 1 << 26 });
  await rm(file);
  await withPrometheus(join(folder, "data"), async (url) => {
    await promtool(program("promtool"), ["tsdb", "create-blocks-from", "rules", "--url", url, "--start", String(START + 120), "--end", String(END), "--eval-interval", "1m", "--output-dir", join(folder, "data"), join(repository, "monitoring/prometheus/rules/by-minute.yml")], { maxBuffer: 1 << 26 });
  });
  return lines;
}
