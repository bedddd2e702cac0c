import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { findProgram } from "../binaries.ts";
import { readMetrics, root } from "../files.ts";
import { type LocalServer, startLocalServer } from "../local-server.ts";
import { prometheusAt } from "../prometheus.ts";
import { checkSloFile } from "./check.ts";
import type { Report } from "./report.ts";
import { generateRules, type Rule } from "./rules.ts";
import { shop } from "./fixtures/shop.ts";

/**
 * The report of a month whose events are known one by one: counters of January 2026 are written into a real Prometheus, the generated rules are evaluated
 * over it, and every figure has to be the one that counting gives.
 */
const definitions = `${shop}  toys:
    probe: up{job="toys"}
slo:
  - {name: errors, sli: errors, objective: 99.5%, window: month, symptom: errors}
  - {name: idle, service: toys, sli: toys, objective: 99%, window: 7d, symptom: errors}
sla:
  - {name: speed, promise: 95% within 500 ms, sli: speed, objective: 95%}
  - {name: errors, promise: 99.9% succeed, sli: errors, objective: 99.9%}
`;

const MINUTE_S = 60;
const SLOT_S = 300;
const start = Date.UTC(2026, 0, 1) / 1000;
const end = Date.UTC(2026, 1, 1) / 1000;

/** What happens in each minute of the five before `time`. What was before and comes after belongs to other months. */
function eventsAMinute(time: number): { good: number; bad: number; slow: number } {
  const hour = Math.floor((time - start - 1) / 3600);
  const ofDay = ((hour % 24) + 24) % 24;
  const rate = ofDay < 6 ? 0 : ofDay < 9 ? 7 : ofDay < 18 ? 120 : 31;
  if (hour === 24 * 9 + 12) return { good: 20, bad: 100, slow: 20 }; // the tenth, 12:00 to 13:00
  if (hour === 24 * 20 + 3) return { good: 0, bad: 9, slow: 9 }; // a quiet night of the 21st: everything fails
  if (hour < 0 || hour >= 31 * 24) return { good: 500, bad: 500, slow: 1000 };
  return { good: rate, bad: ofDay === 17 ? 1 : 0, slow: Math.floor(rate / 40) };
}

const folder = mkdtempSync(join(tmpdir(), "slo-report-"));
const data = join(folder, "data");
let url: string;
let prometheus: LocalServer | undefined;

beforeAll(async () => {
  mkdirSync(data);
  writeFileSync(join(folder, "slo.yml"), definitions);
  writeFileSync(join(folder, "prometheus.yml"), "{}\n");
  writeFileSync(join(folder, "raw.om"), openMetrics());
  await run("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=1000h", join(folder, "raw.om"), data);
  await startPrometheus();
  writeFileSync(join(folder, "recorded.om"), await recorded());
  await prometheus?.stop();
  await run("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=1000h", join(folder, "recorded.om"), data);
  await startPrometheus();
}, 300_000);

afterAll(async () => {
  await prometheus?.stop();
  rmSync(folder, { recursive: true });
});

test("every figure of a month is the one that counting its events gives", { timeout: 60_000 }, async () => {
  const truth = { good: 0, bad: 0, slow: 0, badLastDay: 0 };
  for (let time = start + SLOT_S; time <= end; time += SLOT_S) {
    const { good, bad, slow } = eventsAMinute(time);
    truth.good += 5 * good;
    truth.bad += 5 * bad;
    truth.slow += 5 * slow;
    if (time > end - 86_400) truth.badLastDay += 5 * bad;
  }
  const events = truth.good + truth.bad;
  const left = events * 0.005 - truth.bad;
  const { code, text } = await monitoring("report", "--json", "--month", "2026-01", "--prometheus", url, "--file", join(folder, "slo.yml"));
  expect(code, text).toBe(0);
  const { objectives, promises } = JSON.parse(text) as Report;
  // increase() extrapolates: of millions of events, less than one.
  expect(Math.abs(objectives[0]!.events! - events)).toBeLessThan(1);
  expect(Math.abs(objectives[0]!.bad! - truth.bad)).toBeLessThan(1);
  expect(objectives[0]).toMatchObject({ window: "2026-01", met: left >= 0 });
  expect(objectives[0]!.attainment).toBeCloseTo(truth.good / events, 6);
  expect(objectives[0]!.budgetLeftEvents).toBeCloseTo(left, -0.31);
  expect(objectives[0]!.budgetLeft).toBeCloseTo(left / (events * 0.005), 4);
  expect(objectives[0]!.budgetLeftOutageHours).toBeCloseTo((left / events) * 31 * 24, 3);
  expect(objectives[0]!.daysToExhaustion).toBeCloseTo(left / truth.badLastDay, 1);
  expect(objectives[0]!.worstHours).toEqual([
    { end: "2026-01-10T13:00:00.000Z", bad: 6000, share: 0.8333333333 },
    { end: "2026-01-21T04:00:00.000Z", bad: 540, share: 1 },
    { end: expect.stringMatching(/T18:00:00.000Z$/), bad: 60, share: expect.closeTo(60 / 7260, 6) },
  ]);
  expect(objectives[1]).toMatchObject({ name: "idle", events: null, met: null });
  expect(promises.map(({ name, events: counted, bad, kept }) => [name, Math.round(counted! / 10), Math.round(bad! / 10), kept])).toEqual([
    ["speed", Math.round(events / 10), Math.round(truth.slow / 10), true],
    ["errors", Math.round(events / 10), Math.round(truth.bad / 10), false],
  ]);
});

test("no data yet, nobody there, somebody else there: one line each", async () => {
  const options = ["--file", join(folder, "slo.yml")];
  const early = await monitoring("report", "--prometheus", url, "--time", "2025-06-01", ...options);
  expect(early).toEqual({ code: 2, text: expect.stringMatching(/^monitoring: no data yet: up to 2025-06-01T00:00Z this Prometheus recorded no event of any objective\..*\n$/) });
  const nobody = await monitoring("report", "--prometheus", "http://127.0.0.1:1", ...options);
  expect(nobody).toEqual({ code: 2, text: expect.stringMatching(/^monitoring: Prometheus at http:\/\/127.0.0.1:1 does not answer \(.*\); start it, or give its address with --prometheus\n$/) });
  const other = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const wrong = await monitoring("report", "--prometheus", `http://127.0.0.1:${(other.address() as AddressInfo).port}`, ...options);
  other.close();
  expect(wrong).toEqual({ code: 2, text: expect.stringMatching(/^monitoring: Prometheus at .* answered 200 .*not in JSON; is this Prometheus\?\n$/) });
  expect(await monitoring("report", "--prometheus", "localhost", ...options)).toEqual({ code: 2, text: expect.stringMatching(/^monitoring: .*localhost.*\n$/) });
});

/** Counters sampled each minute; both processes restart: one at midnight, one in the middle of five minutes. */
function openMetrics(): string {
  const lines: string[] = ["# TYPE http_server_request_duration_seconds_count unknown", "", "# TYPE http_server_request_duration_seconds_bucket unknown", ""];
  const counters = new Map<string, string[]>();
  const value = new Map<string, number>();
  for (let time = start - 7200; time <= end + 3600; time += MINUTE_S) {
    const slot = eventsAMinute(Math.ceil(time / SLOT_S) * SLOT_S);
    if (time === start + 5 * 86_400 || time === start + 15 * 86_400 + 12 * 3600 + 120) value.clear();
    for (const [series, events] of [
      ['count{job="shop",http_response_status_code="200"}', slot.good],
      ['count{job="shop",http_response_status_code="503"}', slot.bad],
      ['bucket{job="shop",le="0.5"}', slot.good + slot.bad - slot.slow],
    ] as const) {
      value.set(series, (value.get(series) ?? 0) + events);
      const samples = counters.get(series) ?? [];
      samples.push(`http_server_request_duration_seconds_${series} ${value.get(series)} ${time}`);
      counters.set(series, samples);
    }
  }
  const [ok, failed, quick] = [...counters.values()];
  lines.splice(1, 1, ...ok!, ...failed!);
  lines.splice(-1, 1, ...quick!);
  return `${lines.join("\n")}\n# EOF\n`;
}

/**
 * What the recordings that the report reads give when they are evaluated every 5 minutes. `create-blocks-from rules` would evaluate them at a phase
 * that depends on the name of the folder.
 */
async function recorded(): Promise<string> {
  const result = checkSloFile(definitions, readMetrics());
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const rules = [...generateRules(result.definitions).values()].flatMap((text) => (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules));
  const lines: string[] = [];
  for (const record of ["slo:total:increase5m", "slo:bad:increase5m"]) {
    lines.push(`# TYPE ${record} gauge`);
    for (const rule of rules.filter((each) => each.record === record)) {
      const [series] = await prometheusAt(url).range(rule.expr, start - 3600, end + 3600, SLOT_S);
      for (const [time, value] of series?.samples ?? []) lines.push(`${record}{slo="${rule.labels!["slo"]}",job="${rule.labels!["job"]}"} ${value} ${time}`);
    }
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

async function startPrometheus(): Promise<void> {
  prometheus = await startLocalServer("prometheus", [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${data}`, "--storage.tsdb.retention.time=100y"], folder);
  url = prometheus.url;
}

async function run(program: "promtool", ...args: string[]): Promise<void> {
  await new Promise<void>((done, fail) => void execFile(findProgram(program), args, { maxBuffer: 1 << 26 }, (error, _, stderr) => (error ? fail(new Error(`${args.join(" ")}: ${stderr}`)) : done())));
}

async function monitoring(...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => void execFile(process.execPath, [join(root, "src/main.ts"), ...args], (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr })));
}
