import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { findProgram } from "../binaries.ts";
import { tiersOf } from "./burn-tiers.ts";
import { round, share } from "./check.ts";
import type { Sli, Slo } from "./definitions.ts";
import { generateRules } from "./rules.ts";

/**
 * What holds for the rules of any objective, whatever its indicator, window and number: each shape goes through the same minutes of events, as promtool
 * cases whose expectations are computed from those minutes.
 */
const folder = mkdtempSync(join(tmpdir(), "slo-rules-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Good and bad events of one minute; undefined: nothing is sent. */
type Minute = [good: number, bad: number] | undefined;

/** An objective and how its events look in Prometheus; `rate`: events a minute in which each threshold is a whole number. */
type Shape = { sli: Sli; slo: Pick<Slo, "objective" | "window">; rate: number; series: (minutes: Minute[], start: number) => Record<string, string> };

const job = "shop";
const shapes: Record<string, Shape> = {
  "total and bad, 99.5% over 30d": {
    sli: { total: `served_total{job="${job}"}`, bad: `served_total{job="${job}",code=~"5.."}` },
    slo: { objective: "99.5%", window: "30d" },
    rate: 10_000,
    series: (minutes, start) => ({ [`served_total{job="${job}",code="200"}`]: counter(minutes, ([good]) => good, start), [`served_total{job="${job}",code="503"}`]: counter(minutes, ([, bad]) => bad, start) }),
  },
  "total and good, 99% over 28d": {
    sli: { total: `runs_total{job="${job}"}`, good: `runs_total{job="${job}",outcome="ok"}` },
    slo: { objective: "99%", window: "28d" },
    rate: 1000,
    series: (minutes, start) => ({ [`runs_total{job="${job}",outcome="ok"}`]: counter(minutes, ([good]) => good, start), [`runs_total{job="${job}",outcome="lost"}`]: counter(minutes, ([, bad]) => bad, start) }),
  },
  "classic histogram, 95% over 7d": {
    sli: { histogram: `took_seconds{job="${job}"}`, within: "2s" },
    slo: { objective: "95%", window: "7d" },
    rate: 1000,
    series: (minutes, start) => ({
      [`took_seconds_count{job="${job}"}`]: counter(minutes, ([good, bad]) => good + bad, start),
      [`took_seconds_bucket{job="${job}",le="2.0"}`]: counter(minutes, ([good]) => good, start),
      [`took_seconds_bucket{job="${job}",le="+Inf"}`]: counter(minutes, ([good, bad]) => good + bad, start),
    }),
  },
  "native histogram, 97% over a month": {
    sli: { native_histogram: `took_seconds{job="${job}"}`, within: "1s" },
    slo: { objective: "97%", window: "month" },
    rate: 1000,
    // Two buckets of schema 0: from 0.5 s to 1 s, and from 1 s to 2 s.
    series: (minutes, start) => {
      const goods = sums(minutes, ([good]) => good, start);
      const bads = sums(minutes, ([, bad]) => bad, start);
      return { [`took_seconds{job="${job}"}`]: goods.map((good, index) => (good === undefined ? "_" : `{{schema:0 sum:${good + bads[index]!} count:${good + bads[index]!} buckets:[${good} ${bads[index]}]}}`)).join(" ") };
    },
  },
  "probe, 95% over a month": {
    sli: { probe: `alive{job="${job}"}` },
    slo: { objective: "95%", window: "month" },
    rate: 100,
    // As many instances as events: one answer each a minute.
    series: (minutes) => {
      const instances = Math.max(0, ...minutes.map((minute) => (minute ? minute[0] + minute[1] : 0)));
      return Object.fromEntries(Array.from({ length: instances }, (_, index) => [
        `alive{job="${job}",instance="${index}"}`,
        minutes.map((minute) => (minute && index < minute[0] + minute[1] ? (index < minute[1] ? 0 : 1) : "_")).join(" "),
      ]));
    },
  },
};

test.each(Object.entries(shapes))("%s", { timeout: 120_000 }, async (name, shape) => {
  const slo: Slo = { name: "x", sli: "sli", symptom: "errors", ...shape.slo };
  const rules = generateRules({ service: job, sli: { sli: shape.sli }, slo: [slo] });
  const id = name.replaceAll(/\W+/g, "-");
  writeFileSync(join(folder, `${id}.yml`), rules.get("slo-x.yml")!);
  const suite = { rule_files: [`${id}.yml`], evaluation_interval: "1m", group_eval_order: ["slo-x-events", "slo-x-windows", "slo-x-alerts"], tests: casesOf(shape, slo) };
  writeFileSync(join(folder, `${id}.test.yml`), stringify(suite, { lineWidth: 0 }));
  expect(await promtool("test", "rules", join(folder, `${id}.test.yml`))).toContain("SUCCESS");
});

/** A promtool case. */
type Case = { name: string; interval: string; input_series: object[]; promql_expr_test: object[] };

function casesOf(shape: Shape, slo: Slo): Case[] {
  const { rate } = shape;
  const ratio = `slo:error_ratio:${slo.window}`;
  const total = `slo:total:increase${slo.window === "month" ? "_month" : slo.window}`;
  const labels = `{slo="x",job="${job}"}`;
  const numbers = "{__name__=~\"slo:(error_ratio|burn_rate|error_budget_remaining:ratio).*\"}";
  const is = (query: string, minute: number, value: number): object => ({ expr: `(${query}) + 0`, eval_time: `${minute}m`, exp_samples: [{ labels, value }] });
  const make = (name: string, minutes: Minute[], expectations: object[], start = 0): Case => ({
    name, interval: "1m", input_series: [{ series: `target_info{job="${job}"}`, values: `1x${minutes.length}` }, ...Object.entries(shape.series(minutes, start)).map(([series, values]) => ({ series, values }))], promql_expr_test: expectations,
  });
  const steady = (length: number, bad: number, of = rate): Minute[] => Array.from({ length }, () => [of - bad, bad]);
  const tiers = tiersOf(slo.window).map((tier) => ({ ...tier, threshold: round(tier.factor * (1 - share(slo.objective))) }));
  const names = tiers.map((tier) => tier.name);
  const few = Math.max(10, Math.ceil(round(2 / tiers[0]!.threshold)));
  const isProbe = shape.sli.probe !== undefined;
  return [
    make("no series: no number, no alert", [], [none(numbers, 40), firing(40, [])]),
    // The counters stand still; a probe always has events.
    ...(isProbe ? [] : [make("idle: no number, never NaN, no alert", steady(60, 0, 0), [none(numbers, 50), is("slo:total:increase1h", 50, 0), is(total, 50, 0), { expr: 'count({__name__=~"slo:.*"}) - count({__name__=~"slo:.*"} >= -Inf)', eval_time: "50m", exp_samples: [{ labels: "{}", value: 0 }] }, firing(50, [])], 500)]),
    make("fewer events than count, all bad: no alert", [[0, 0], ...steady(few - 1, 1, 1), ...Array.from({ length: 60 }, (): Minute => (isProbe ? undefined : [0, 0]))], [is("slo:error_ratio:1h", few, 1), firing(few + 4, []), firing(40, [])]),
    make("twice as many, all bad: an alert", steady(2 * few + 10, 1, 1), [firing(2 * few + 8, [names[0]!, ...tiers.slice(1).filter(({ threshold, for: wait }) => Math.max(10, Math.ceil(2 / threshold)) <= 2 * few && Number.parseInt(wait, 10) < few).map((tier) => tier.name)])]),
    make("all bad: every alert", steady(60, rate), [is(ratio, 50, 1), is("slo:error_ratio:5m", 50, 1), firing(55, names)]),
    make("all good: 0, no alert", steady(60, 0), [is(ratio, 50, 0), firing(55, [])]),
    ...tiers.flatMap(({ name, threshold, ...tier }, index) => {
      const slower = names.slice(index + 1);
      // The share of a native histogram is interpolated, not counted: a last digit too many.
      const bad = Math.round(threshold * rate) - (shape.sli.native_histogram === undefined ? 0 : 1);
      // A counter shows an increase from its second sample on, a probe with its first.
      const tooEarly = Number.parseInt(tier.for, 10) - (isProbe ? 1 : 0);
      return [
        make(`${name}: exactly at its threshold it is silent`, steady(60, bad), [firing(55, slower)]),
        make(`${name}: one event a minute more, and after its time it fires`, steady(60, Math.round(threshold * rate) + 1), [firing(55, [name, ...slower]), { expr: `ALERTS{burn_tier="${name}",alertstate="firing"}`, eval_time: `${tooEarly}m`, exp_samples: [] }]),
      ];
    }),
    ...(isProbe ? [] : [make("a restart: counters begin again, nothing is lost or doubled", [...steady(60, rate / 10), undefined, ...steady(60, rate / 10)], [is(`round(${ratio}, 0.001)`, 120, 0.1), is(`round(${total} / ${rate * 120}, 0.05)`, 120, 1)])]),
    make("uneven traffic: an hour of 6,000 good events and one of 60 bad ones is 1% bad", [...steady(60, 0, 100), ...steady(60, 1, 1)], [
      is(`round(${ratio}, 0.005)`, 118, 0.01),
      // What an average of ratios would say.
      is("round(avg_over_time(slo:error_ratio:5m[2h:5m]), 0.1)", 118, 0.5),
    ]),
    make("young: ten minutes are a window too", steady(12, rate / 10), [is(`round(${ratio}, 0.001)`, 11, 0.1), is("round(slo:error_ratio:1h, 0.001)", 11, 0.1)]),
  ];
}

/** The query answers nothing at this minute. */
function none(query: string, minute: number): object {
  return { expr: query, eval_time: `${minute}m`, exp_samples: [] };
}

/** At this minute exactly these tiers fire. */
function firing(minute: number, names: string[]): object {
  return { expr: 'group by (burn_tier) (ALERTS{alertname=~"ErrorBudget.*",alertstate="firing"})', eval_time: `${minute}m`, exp_samples: names.map((tier) => ({ labels: `{burn_tier="${tier}"}`, value: 1 })) };
}

/** A counter after each minute, from `start`. It begins again at 0 after a minute without anything. */
function sums(minutes: Minute[], part: (minute: [number, number]) => number, start: number): (number | undefined)[] {
  let sum = start;
  return minutes.map((minute) => {
    if (minute === undefined) sum = 0;
    else sum += part(minute);
    return minute && sum;
  });
}

function counter(minutes: Minute[], part: (minute: [number, number]) => number, start: number): string {
  return sums(minutes, part, start).map((sum) => sum ?? "_").join(" ");
}

/** All output; never fails. */
async function promtool(...args: string[]): Promise<string> {
  return await new Promise((done) => void execFile(findProgram("promtool"), args, (_, stdout, stderr) => done(stdout + stderr)));
}
