import { stringify } from "yaml";
import { tiersOf, type Tier } from "./burn-tiers.ts";
import { parseSelector, printSelector } from "../selector.ts";
import { percent, round, seconds, share } from "./check.ts";
import type { Definitions, Sli, Slo } from "./definitions.ts";

type Rule = { record?: string; alert?: string; expr: string; for?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
type Group = { name: string; interval: string; rules: Rule[] };

/** Counts of events over the last `range`, as PromQL: `bad` is 0, not absent, while nothing is bad; both are absent without series. */
type Counts = { total: (range: string) => string; bad: (range: string) => string; heartbeat: string };

const header = `# Generated from SLO_DEFINITIONS.yml by \`npm run monitoring -- generate\`. Do not edit: change the definitions and generate again.
#
# Bad and total events are recorded, summed and divided last, so an hour counts as much as it had events. Every window beyond 1h reads
# those records, never 30 days of samples; the subqueries' 5m step makes sums independent of how often rules run.
# No events is no number: ratios exist only where total > 0.
`;

/** Prometheus rule files by name, \`slo-<name>.yml\`, one for each objective. The definitions have to be checked before. */
export function generateRules(definitions: Definitions): Map<string, string> {
  return new Map(definitions.slo.map((slo) => {
    const groups = groupsOf(slo, definitions.sli[slo.sli]!, slo.service ?? definitions.service);
    return [`slo-${slo.name}.yml`, header + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })];
  }));
}

function groupsOf(slo: Slo, sli: Sli, job: string): Group[] {
  const counts = countsOf(sli, job);
  const labels = { slo: slo.name, job };
  const record = (name: string, expr: string): Rule => ({ record: name, expr, labels });
  const own = `{slo="${slo.name}"}`;
  const budget = round(1 - share(slo.objective));
  const tiers = tiersOf(slo.window, slo.factors);
  const summed = ["2h", "6h", "1d", "3d", slo.window];
  const raw = ["5m", "30m", "1h"];
  return [
    {
      name: `slo-${slo.name}-events`,
      interval: "5m",
      rules: [record("slo:total:increase5m", counts.total("5m")), record("slo:bad:increase5m", counts.bad("5m"))],
    },
    {
      name: `slo-${slo.name}-windows`,
      interval: "1m",
      rules: [
        ...summed.flatMap((window) => [
          record(`slo:total:increase${window}`, `sum_over_time(slo:total:increase5m${own}[${window}:5m])`),
          record(`slo:bad:increase${window}`, `sum_over_time(slo:bad:increase5m${own}[${window}:5m])`),
          record(`slo:error_ratio:${window}`, `slo:bad:increase${window}${own} / (slo:total:increase${window}${own} > 0)`),
        ]),
        record("slo:objective:ratio", `vector(${share(slo.objective)})`),
        record("slo:error_budget_remaining:ratio", `1 - slo:error_ratio:${slo.window}${own} / ${budget}`),
        record("slo:error_budget_remaining:events", `slo:total:increase${slo.window}${own} * ${budget} - slo:bad:increase${slo.window}${own}`),
      ],
    },
    {
      name: `slo-${slo.name}-alerts`,
      interval: "30s",
      rules: [
        record("slo:total:increase1h", counts.total("1h")),
        ...raw.map((range) => record(`slo:error_ratio:${range}`, `(${counts.bad(range)}) / (${counts.total(range)} > 0)`)),
        record("slo:burn_rate:1h", `slo:error_ratio:1h${own} / ${budget}`),
        ...tiers.map((tier) => burnAlert(slo, tier, budget, own)),
        dataAbsent(slo, job, counts.heartbeat),
      ],
    },
  ];
}

function countsOf(sli: Sli, job: string): Counts {
  const heartbeat = `target_info{job="${job}"}`;
  if (sli.probe !== undefined) {
    const total = (range: string): string => `sum(count_over_time(${sli.probe}[${range}]))`;
    return { total, bad: (range) => `${total(range)} - sum(sum_over_time(${sli.probe}[${range}]))`, heartbeat: sli.probe };
  }
  const histogram = sli.histogram === undefined ? undefined : parseSelector(sli.histogram);
  const allEvents = histogram ? printSelector(histogram, "_count") : sli.total!;
  const goodEvents = histogram ? printSelector(histogram, "_bucket", upTo(seconds(sli.within!))) : sli.good;
  const total = (range: string): string => count(allEvents, range);
  const orNone = (selector: string, range: string): string => `(${count(selector, range)} or 0 * ${total(range)})`;
  const bad = goodEvents === undefined
    ? (range: string): string => orNone(sli.bad!, range).slice(1, -1)
    // Two counters are never read at the very same moment: extrapolation can leave a hair less than nothing.
    : (range: string): string => `clamp_min(${total(range)} - ${orNone(goodEvents, range)}, 0)`;
  return { total, bad, heartbeat };
}

function count(selector: string, range: string): string {
  return `sum(increase(${selector}[${range}]))`;
}

/** Prometheus writes a whole bound as "2" or as "2.0", by the way it came in. */
function upTo(bound: number): string {
  return Number.isInteger(bound) ? `le=~"${bound}|${bound}\\\\.0"` : `le="${bound}"`;
}

function burnAlert(slo: Slo, tier: Tier, budget: number, own: string): Rule {
  const threshold = round(tier.factor * budget);
  // At least two of them bad: one alone, or one that extrapolation makes a little more than one, never alerts.
  const least = slo.minEvents ?? Math.max(10, Math.ceil(round(2 / threshold)));
  return {
    alert: tier.alert,
    expr: [
      `slo:error_ratio:${tier.long}${own} > ${threshold}`,
      `and slo:error_ratio:${tier.short}${own} > ${threshold}`,
      `and slo:total:increase${tier.long}${own} >= ${least}`,
    ].join("\n"),
    for: tier.for,
    labels: { severity: tier.severity, symptom: slo.symptom, burn_tier: tier.name, long: tier.long, short: tier.short },
    annotations: {
      summary: `{{ $labels.job }} spends the error budget of ${slo.name} too fast`,
      description: `{{ $value | humanizePercentage }} of the events of ${slo.name} ({{ $labels.job }}) were bad over ${tier.long}, and it goes on over ${tier.short}. At the threshold, the budget of ${slo.window} (${percent(budget)}) is gone in ${lasting(slo, tier)}.`,
      value: `{{ $value | humanizePercentage }} bad over ${tier.long}`,
      threshold: `${percent(threshold)} over ${tier.long} and ${tier.short} (${tier.factor} x budget)`,
      ...links(tier.alert, slo),
    },
  };
}

/** How long a whole budget lasts at this tier's rate. */
function lasting(slo: Slo, tier: Tier): string {
  const hours = (Number.parseInt(slo.window, 10) * 24) / tier.factor;
  return hours < 72 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}

function dataAbsent(slo: Slo, job: string, heartbeat: string): Rule {
  return {
    alert: "SLODataAbsent",
    // Asks for the service itself, not for its events: an idle service has none and is well.
    expr: `absent(${heartbeat})`,
    for: "10m",
    labels: { slo: slo.name, job, severity: "warning", symptom: "down" },
    annotations: {
      summary: `Nothing is known about ${slo.name} of {{ $labels.job }}`,
      description: `No telemetry of {{ $labels.job }} has come for 10 minutes, so ${slo.name} is not measured and its burn alerts are blind.`,
      value: "no data",
      threshold: "data every 5 minutes",
      ...links("SLODataAbsent", slo),
    },
  };
}

function links(alert: string, slo: Slo): Record<string, string> {
  return {
    runbook_url: `{{ $externalLabels.console_url }}/runbooks/${alert}`,
    dashboard: `{{ $externalLabels.console_url }}/d/${slo.dashboard ?? "slo-dashboard"}`,
  };
}
