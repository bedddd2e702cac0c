import { round, seconds, share } from "./check.ts";
import type { Sli } from "./definitions.ts";
import { answers, minutesOf, type PromtoolCase } from "./promtool-case.ts";
import { parseSelector, printSelector } from "../selector.ts";
import { upTo } from "./counts.ts";
import { seriesOfSelector, seriesText, type Labels } from "./series-of-selector.ts";

/** What is counted: the label `slo`, the job, the ranges that are recorded, and the objective when ratios are. */
type Counted = { slo: string; job: string; sli: Sli; ranges: readonly string[]; objective?: string };

/** One made-up series: what it adds a minute to all events, and to those that the second selector counts (good or bad ones). */
type Source = { labels: Labels; values: (perMinute: number) => string; inTotal: boolean; inPart: boolean };

/** Cases of the counts that are taken from the metrics themselves. */
export function eventCases(counted: Counted): PromtoolCase[] {
  const { sli, slo, job, ranges, objective } = counted;
  const sources = sourcesOf(sli);
  const own = `{slo="${slo}",job="${job}"}`;
  const counts = (kind: string, range: string): string => `round(slo:${kind}:increase${range}{slo="${slo}"}, 0.001)`;
  const numbers = `{__name__=~"slo:(total|bad|error_ratio).*",slo="${slo}"}`;
  // What another objective has recorded is nobody else's.
  const others = ranges.flatMap((range) => ["total", "bad"].map((kind) => `slo:${kind}:increase${range}`)).concat(objective === undefined ? [] : ["slo:error_ratio:1h"]);
  const make = (name: string, length: number, series: PromtoolCase["input_series"], tests: PromtoolCase["promql_expr_test"]): PromtoolCase => ({
    name: `${slo}: ${name}`, interval: "1m",
    input_series: [...others.map((record) => ({ series: `${record}{slo="another",job="${job}"}`, values: `1000000x${length}` })), ...series], promql_expr_test: tests!,
  });
  const isGood = sli.bad === undefined;
  // Each counts twice the next, so no two together are another; all of them more than what is good.
  const speed = (index: number): number => (sli.probe === undefined ? 2 ** (sources.length - index) : 1);
  const sum = (which: "inTotal" | "inPart"): number => sources.reduce((all, source, index) => all + (source[which] ? speed(index) : 0), 0);
  const [total, bad] = [sum("inTotal"), isGood ? sum("inTotal") - sum("inPart") : sum("inPart")];
  const last = Math.max(...ranges.map(minutesOf)) + 1;
  const known = make("every series that counts does, those beside it do not", last, sources.map(({ labels, values }, index) => ({ series: seriesText(labels), values: values(speed(index)).replace("LENGTH", String(last)) })), [
    ...ranges.flatMap((range) => [answers(counts("total", range), `${last}m`, { [own]: total * minutesOf(range) }), answers(counts("bad", range), `${last}m`, { [own]: bad * minutesOf(range) })]),
    ...(objective === undefined ? [] : [
      ...ranges.map((range) => answers(`slo:error_ratio:${range}{slo="${slo}"} + 0`, `${last}m`, { [own]: bad / total })),
      answers(`slo:burn_rate:1h{slo="${slo}"} + 0`, `${last}m`, { [own]: bad / total / round(1 - share(objective)) }),
      answers(`slo:objective:ratio{slo="${slo}"} + 0`, `${last}m`, { [own]: share(objective) }),
    ]),
  ]);
  const foreign = make("without any that counts there is no number", 7, sources.flatMap(({ labels, values, inTotal, inPart }) => (inTotal || inPart ? [] : [{ series: seriesText(labels), values: values(1).replace("LENGTH", "7") }])), [answers(numbers, "7m", {})]);
  return [known, foreign, ...partlessCases(), ...excessCases()];

  /** Only events of one kind, and of the second selector no series at all: first none of them, then few, then the series ends. */
  function partlessCases(): PromtoolCase[] {
    if (sli.probe !== undefined || sli.native_histogram !== undefined) return [];
    const lone = sources.filter(({ labels, inTotal, inPart }) => inTotal && !inPart && labels["made_up"] === undefined);
    return lone.map(({ labels }) => make(`${isGood ? "good" : "bad"} events that have no series, as ${seriesText(labels)}`, 37, [{ series: seriesText(labels), values: "0x10 0.01+0.01x19" }], [
      ...ranges.flatMap((range) => [answers(counts("bad", range), "9m", { [own]: 0 }), answers(counts("total", range), "9m", { [own]: 0 })]),
      ...(objective === undefined ? [] : [answers(`{__name__=~"slo:(error_ratio|burn_rate).*",slo="${slo}"}`, "9m", {})]),
      ...ranges.map((range) => answers(`slo:bad:increase${range}{slo="${slo}"} / slo:total:increase${range}{slo="${slo}"}`, "25m", { [own]: isGood ? 1 : 0 })),
      ...(objective === undefined ? [] : ranges.map((range) => answers(`slo:error_ratio:${range}{slo="${slo}"} + 0`, "25m", { [own]: isGood ? 1 : 0 }))),
      // The last sample is that of 30m.
      answers(`count({__name__=~"slo:(total|bad):increase5m",slo="${slo}"})`, "33m", { "{}": 2 }),
      answers(`{__name__=~"slo:(total|bad):increase5m",slo="${slo}"}`, "36m", {}),
    ]));
  }

  /** More good events than events, as when two counters are not read at the same moment: 0 bad ones, not fewer. */
  function excessCases(): PromtoolCase[] {
    const all = sources.find(({ inTotal, inPart }) => inTotal && !inPart);
    const good = sources.find(({ inTotal, inPart }) => inPart && !inTotal);
    if (!isGood || !all || !good) return [];
    return [make("more good events than events are no bad ones", 7, [{ series: seriesText(all.labels), values: "0+10x7" }, { series: seriesText(good.labels), values: "0+20x7" }], ranges.map((range) => answers(counts("bad", range), "7m", { [own]: 0 })))];
  }
}

/** The largest first, so that what is counted in all outweighs what is good. */
function sourcesOf(sli: Sli): Source[] {
  if (sli.probe !== undefined) {
    const { taken, refused, takes } = seriesOfSelector(sli.probe);
    const up = [...taken, ...refused].map((labels): Source => ({ labels, values: () => "1xLENGTH", inTotal: takes(labels), inPart: takes(labels) }));
    const second: Source = { labels: twin({ taken }), values: () => "1xLENGTH", inTotal: true, inPart: true };
    return [...up, second, { labels: { ...taken[0]!, made_up: "down" }, values: () => "0xLENGTH", inTotal: true, inPart: false }];
  }
  if (sli.native_histogram !== undefined) return nativeSources(sli.native_histogram, seconds(sli.within!));
  const histogram = sli.histogram === undefined ? undefined : parseSelector(sli.histogram);
  const total = seriesOfSelector(histogram ? printSelector(histogram, "_count") : sli.total!);
  const part = seriesOfSelector(histogram ? printSelector(histogram, "_bucket", upTo(seconds(sli.within!))) : (sli.good ?? sli.bad!));
  const all = new Map([...total.taken, ...part.refused, ...total.refused, ...part.taken, twin(total), twin(part)].map((labels) => [seriesText(labels), labels]));
  const sources = [...all.values()].map((labels): Source => ({ labels, values: counter, inTotal: total.takes(labels), inPart: part.takes(labels) }));
  return sources.sort((a, b) => weight(b) - weight(a));
}

/** A second series that counts, so that adding up shows. */
function twin({ taken }: { taken: Labels[] }): Labels {
  return { ...taken[0]!, made_up: "twin" };
}

function counter(perMinute: number): string {
  return `0+${perMinute}xLENGTH`;
}

function weight({ inTotal, inPart }: Source): number {
  return (inTotal ? 2 : 0) - (inPart ? 1 : 0);
}

/** Histograms of schema 0, whose buckets end at powers of two: events well below the bound, and well above it. */
function nativeSources(selector: string, within: number): Source[] {
  const { taken, refused, takes } = seriesOfSelector(selector);
  const [low, high] = [Math.floor(Math.log2(within)), Math.ceil(Math.log2(within)) + 1];
  const histogram = (labels: Labels, bucket: number): Source => ({
    labels: { ...labels, made_up: `${bucket === low ? "good" : "bad"}` },
    values: (perMinute) => `{{schema:0 sum:0 count:0 offset:${bucket} buckets:[0]}}+{{schema:0 sum:${perMinute} count:${perMinute} offset:${bucket} buckets:[${perMinute}]}}xLENGTH`,
    inTotal: takes(labels), inPart: takes(labels) && bucket === low,
  });
  return [...taken.map((labels) => histogram(labels, high)), ...[...taken, ...refused].map((labels) => histogram(labels, low))];
}
