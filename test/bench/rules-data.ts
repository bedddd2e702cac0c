import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";

/** Thirty days of one service: busy by day and good, quiet by night and bad, so that the mean of ratios is not the ratio of sums. */
export const days = 30;
/** End of the days, a full two hours: no block of ours is open. */
export const end = Date.UTC(2026, 0, 31) / 1000;
const start = end - days * 86_400;

export type Size = { series: number; stepS: number };

/** Events a second of the whole service in an hour, counted from the start. */
function rateAt(hour: number): { total: number; bad: number } {
  const day = hour % 24 >= 8 && hour % 24 < 20;
  return day ? { total: 100, bad: 0.1 } : { total: 2, bad: 0.1 };
}

/** Events up to the end of each hour. */
const sums = { total: [0], bad: [0] };
for (let hour = 0; hour < days * 24; hour += 1) {
  const { total, bad } = rateAt(hour);
  sums.total.push(sums.total[hour]! + total * 3600);
  sums.bad.push(sums.bad[hour]! + bad * 3600);
}

/** Share of bad events of all days. */
export const truth = sums.bad.at(-1)! / sums.total.at(-1)!;

function eventsUntil(kind: "total" | "bad", time: number): number {
  const hour = Math.floor((time - start) / 3600);
  return sums[kind][hour]! + (hour < days * 24 ? rateAt(hour)[kind] * (time - start - hour * 3600) : 0);
}

/**
 * Blocks of Prometheus in `folder`: the counters of `series` routes and codes (every tenth counts 5xx) each `stepS`, the last 70 minutes each 15 s; and what our rules
 * and Sloth-shaped ones would have recorded of them each 5 minutes.
 */
export async function makeBlocks(promtool: string, folder: string, { series, stepS }: Size, slo: string): Promise<number> {
  const file = join(folder, `${series}.om`);
  const out = createWriteStream(file);
  let lines = 0;
  let part: string[] = [];
  const write = async (line: string): Promise<void> => {
    part.push(line);
    lines += 1;
    if (part.length < 20_000) return;
    if (!out.write(`${part.join("\n")}\n`)) await once(out, "drain");
    part = [];
  };
  const name = "http_server_request_duration_seconds_count";
  await write(`# TYPE ${name} unknown`);
  const failing = series / 10;
  for (let index = 0; index < series; index += 1) {
    const bad = index < failing;
    const labels = `{job="helloagents-api",http_route="/${index}",http_response_status_code="${bad ? 500 : 200}"}`;
    const share = 1 / (bad ? failing : series - failing);
    for (let time = start; time <= end; time += time < end - 4200 ? stepS : 15) {
      const failed = eventsUntil("bad", time);
      await write(`${name}${labels} ${((bad ? failed : eventsUntil("total", time) - failed) * share).toFixed(3)} ${time}`);
    }
  }
  for (const [record, of, stepOf] of [["slo:total:increase5m", "total", 300], ["slo:bad:increase5m", "bad", 300], ["slo:total:block2h", "total", 7200], ["slo:bad:block2h", "bad", 7200]] as const) {
    await write(`# TYPE ${record} gauge`);
    for (let time = start + stepOf; time <= end; time += stepOf) await write(`${record}{slo="${slo}",job="helloagents-api"} ${eventsUntil(of, time) - eventsUntil(of, time - stepOf)} ${time}`);
  }
  await write("# TYPE slo:sli_error:ratio_rate5m gauge");
  for (let time = start + 300; time <= end; time += 300) {
    const { total, bad } = rateAt(Math.floor((time - 1 - start) / 3600));
    await write(`slo:sli_error:ratio_rate5m{sloth_slo="${slo}"} ${bad / total} ${time}`);
  }
  out.end(`${part.join("\n")}\n# EOF\n`);
  await once(out, "close");
  await new Promise<void>((done, fail) =>
    void execFile(promtool, ["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=2000h", file, join(folder, String(series))], { maxBuffer: 1 << 26 }, (error, _, stderr) => (error ? fail(new Error(stderr)) : done())));
  return lines;
}
