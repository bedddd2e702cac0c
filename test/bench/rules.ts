import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { median } from "./median.ts";
import { program, withPrometheus } from "./programs.ts";
import { days, end, makeBlocks, type Size, truth } from "./rules-data.ts";

const slo = "api-availability";
const everySize: Size[] = [{ series: 10, stepS: 60 }, { series: 100, stepS: 300 }, { series: 1000, stepS: 900 }];
const rounds = 5;
const ranges = ["1h", "6h", "1d", "3d", "7d", "30d"];

const counter = "http_server_request_duration_seconds_count";
const all = `${counter}{job="helloagents-api",http_route!~"/metrics|/health"}`;
const bad = all.replace("}", ',http_response_status_code=~"5.."}');

type Rule = { record?: string; expr: string };
type Cost = { samples: number; ms: number; value: number };

/**
 * `npm run bench -- rules [series...]`: what one evaluation costs, in samples read and time, at 10, 100 and 1,000 series over 30 days of blocks: the handbook's expression over
 * the counters, rules shaped like Sloth's, and ours, asked in turns; then every recording of ours.
 */
export async function run(wanted: string[]): Promise<void> {
  const sizes = everySize.filter(({ series }) => wanted.length === 0 || wanted.includes(String(series)));
  const folder = await mkdtemp(join(tmpdir(), "bench-rules-"));
  const file = new URL(`../../monitoring/prometheus/generated/slo-${slo}.yml`, import.meta.url);
  const rules = (parse(await readFile(file, "utf8")) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules).filter((rule) => rule.record !== undefined);
  try {
    console.log(`${days} days. Samples: totalQueryableSamples of one evaluation (stats=all); time: evalTotalTime, median of ${rounds}, the kinds in turns.`);
    console.log(`The counters have a sample each minute at 10 series, each 5 minutes at 100, each 15 at 1,000; with one each 15 s the handbook's expression reads 4, 20 and 60 times as many.`);
    console.log(`Sloth-shaped: up to 3d from the counters, beyond as the mean of recorded 5-minute ratios (recorded each 5 minutes here; a rule group evaluated each 30 s has ten times as many).\n`);
    const costs: Map<string, Cost>[] = [];
    for (const size of sizes) {
      const began = performance.now();
      const lines = await makeBlocks(program("promtool"), folder, size, slo);
      console.log(`${size.series} series: ${lines.toLocaleString("en")} samples in blocks after ${((performance.now() - began) / 1000).toFixed(0)} s`);
      costs.push(await measured(join(folder, String(size.series)), rules));
      await rm(join(folder, `${size.series}.om`));
    }
    for (const [index, size] of sizes.entries()) compare(size, costs[index]!);
    console.log(`\nEach recording of ours: samples, and milliseconds, at ${sizes.map(({ series }) => series).join(", ")} series`);
    for (const { record } of rules) console.log(`  ${record!.padEnd(34)}${costs.map((cost) => count(cost.get(record!)!.samples, 9)).join("")}   ${costs.map((cost) => cost.get(record!)!.ms.toFixed(2).padStart(8)).join("")}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compare({ series }: Size, costs: Map<string, Cost>): void {
  console.log(`\n${series} series       handbook             Sloth-shaped         ours                 handbook / ours`);
  for (const range of ranges) {
    const [naive, sloth, own] = ["handbook", "sloth", "ours"].map((kind) => costs.get(`${kind} ${range}`)!);
    const cell = (cost: Cost): string => `${count(cost.samples, 11)}${cost.ms.toFixed(2).padStart(9)} ms`;
    console.log(`  ${range.padEnd(4)}${cell(naive!)}${cell(sloth!)}${cell(own!)}${count(Math.round(naive!.samples / own!.samples), 10)} x samples ${(naive!.ms / own!.ms).toFixed(0).padStart(6)} x time`);
  }
  const share = (kind: string): string => `${(costs.get(`${kind} 30d`)!.value * 100).toFixed(4)}%`;
  console.log(`  bad over 30d: ${share("handbook")} handbook, ${share("sloth")} Sloth-shaped, ${share("ours")} ours; by counting ${(truth * 100).toFixed(4)}%`);
}

/** Costs by "kind range", and by name of a recording. */
async function measured(data: string, rules: Rule[]): Promise<Map<string, Cost>> {
  return await withPrometheus(data, async (url) => {
    const asked = questions(rules);
    const results = new Map<string, Cost[]>([...asked.keys()].map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) for (const [name, queries] of asked) results.get(name)!.push(await costOf(url, queries));
    return new Map([...results].map(([name, costs]) => [name, { ...costs[0]!, ms: median(costs.map(({ ms }) => ms)) }]));
  });
}

/** Queries by name. Those of a window together give its ratio; the value of the last is the ratio, or its two parts follow each other. */
function questions(rules: Rule[]): Map<string, string[]> {
  const expr = (record: string): string => rules.find((rule) => rule.record === record)!.expr;
  const asked = new Map<string, string[]>();
  for (const range of ranges) {
    asked.set(`handbook ${range}`, [`sum(rate(${bad}[${range}])) / sum(rate(${all}[${range}]))`]);
    const recorded = `slo:sli_error:ratio_rate5m{sloth_slo="${slo}"}[${range}]`;
    asked.set(`sloth ${range}`, [["7d", "30d"].includes(range) ? `sum_over_time(${recorded}) / count_over_time(${recorded})` : `sum(rate(${bad}[${range}])) / sum(rate(${all}[${range}]))`]);
    // This objective has no window of 7 days: it would be summed as that of 3 days is.
    const own = (kind: string): string => (range === "7d" ? expr(`slo:${kind}:increase3d`).replaceAll("[3d]", "[7d]") : expr(`slo:${kind}:increase${range}`));
    asked.set(`ours ${range}`, [own("bad"), own("total")]);
  }
  for (const { record, expr: text } of rules) asked.set(record!, [text]);
  return asked;
}

async function costOf(url: string, queries: string[]): Promise<Cost> {
  const answers = await Promise.all(queries.map(async (query) => await ask(url, query)));
  const [first, second] = answers;
  const value = second ? first!.value / second.value : first!.value;
  return { samples: answers.reduce((sum, { samples }) => sum + samples, 0), ms: answers.reduce((sum, { ms }) => sum + ms, 0), value };
}

async function ask(url: string, query: string): Promise<Cost> {
  const answer = await fetch(`${url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query, time: String(end), stats: "all" }) });
  const { data, error } = (await answer.json()) as { error?: string; data?: { result: { value: [number, string] }[]; stats: { timings: { evalTotalTime: number }; samples: { totalQueryableSamples: number } } } };
  if (!data) throw new Error(`${query}: ${error}`);
  return { samples: data.stats.samples.totalQueryableSamples, ms: data.stats.timings.evalTotalTime * 1000, value: Number(data.result[0]?.value[1]) };
}

function count(value: number, width: number): string {
  return value.toLocaleString("en").padStart(width);
}
