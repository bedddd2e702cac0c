import { burnAlerts, limitsOf } from "./burn-alerts.ts";
import { tiersOf, type Tier } from "./burn-tiers.ts";
import { countsOf } from "./counts.ts";
import type { Sli, Slo } from "./definitions.ts";
import { answers, exact, minutesOf, type PromtoolCase } from "./promtool-case.ts";
import type { Rule } from "./rules.ts";
import { seriesOfSelector, seriesText } from "./series-of-selector.ts";

const address = "http://console.example";

/**
 * Cases of an objective's alerts. The recordings that burn alerts read are given, each tier's under a job of its own, so that no rule that records meets
 * them: just above, exactly at its threshold over either window, and one event short of what counts.
 */
export function alertCases(slo: Slo, sli: Sli, job: string): PromtoolCase[] {
  const tiers = tiersOf(slo.window, slo.factors);
  const alerts = burnAlerts(slo, job, countsOf(sli, job).heartbeat);
  const lasting = Math.max(...tiers.map((tier) => minutesOf(tier.for)));
  const given = (name: string, change: (limits: Limits) => Limits): PromtoolCase => ({
    name, interval: "1m", external_labels: { console_url: address },
    input_series: tiers.flatMap((tier) => {
      const { threshold, least } = limitsOf(slo, tier);
      const { long, short, events } = change({ long: exact(threshold * 1.05), short: exact(threshold * 1.05), events: least, threshold });
      return ([[`slo:error_ratio:${tier.long}`, long], [`slo:error_ratio:${tier.short}`, short], [`slo:total:increase${tier.long}`, events]] as const)
        .map(([record, value]) => ({ series: `${record}{slo="${slo.name}",job="${tier.name}"}`, values: `${value}x${lasting}` }));
    }),
  });
  const silent = (name: string, change: (limits: Limits) => Limits): PromtoolCase => ({ ...given(name, change), promql_expr_test: [answers('ALERTS{burn_tier!=""}', `${lasting}m`, {})] });
  return [
    {
      ...given("burn alerts: just above, with as few events as count, each after its time and not before", (limits) => limits),
      promql_expr_test: tiers.map((tier) => answers(`count by (job, alertstate) (ALERTS{burn_tier="${tier.name}"})`, `${minutesOf(tier.for) - 1}m`, { [`{job="${tier.name}",alertstate="pending"}`]: 1 })),
      alert_rule_test: tiers.map((tier) => {
        const firing = tiers.filter((other) => other.alert === tier.alert && minutesOf(other.for) <= minutesOf(tier.for));
        return { alertname: tier.alert, eval_time: tier.for, exp_alerts: firing.map((other) => expectedBurn(slo, other, alerts[tiers.indexOf(other)]!)) };
      }),
    },
    silent("burn alerts: exactly at the threshold over the long windows is silent", (limits) => ({ ...limits, long: limits.threshold })),
    silent("burn alerts: exactly at the threshold over the short windows is silent", (limits) => ({ ...limits, short: limits.threshold })),
    silent("burn alerts: an event fewer than count is silent", (limits) => ({ ...limits, events: limits.events - 1 })),
    ...absentCases(sli, job, alerts.at(-1)!),
  ];
}

type Limits = { long: number; short: number; events: number; threshold: number };

function expectedBurn(slo: Slo, tier: Tier, alert: Rule): { exp_labels: Record<string, string>; exp_annotations: Record<string, string> } {
  return { exp_labels: { ...alert.labels, slo: slo.name, job: tier.name }, exp_annotations: rendered(alert, tier.name, exact(limitsOf(slo, tier).threshold * 1.05)) };
}

const states = 'count by (alertstate) (ALERTS{alertname="SLODataAbsent"})';

/** SLODataAbsent: with the telemetry of others only, and with a heartbeat alone, of a service that is idle. */
function absentCases(sli: Sli, job: string, alert: Rule): PromtoolCase[] {
  const { taken, refused } = seriesOfSelector(countsOf(sli, job).heartbeat);
  const [minutes, last] = [minutesOf(alert.for!), minutesOf(alert.for!) + 1];
  // absent() tells the labels that the selector fixes.
  const fixed = [...countsOf(sli, job).heartbeat.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label!, value!] as const);
  return [
    {
      name: "SLODataAbsent: others send telemetry, this one has sent nothing for ten minutes", interval: "1m", external_labels: { console_url: address },
      input_series: refused.map((series) => ({ series: seriesText(series), values: `1x${last}` })),
      promql_expr_test: [answers(states, `${minutes - 1}m`, { '{alertstate="pending"}': 1 })],
      alert_rule_test: [{ alertname: "SLODataAbsent", eval_time: `${minutes}m`, exp_alerts: [{ exp_labels: { ...Object.fromEntries(fixed), ...alert.labels }, exp_annotations: rendered(alert, job) }] }],
    },
    ...taken.map((series): PromtoolCase => ({
      name: "SLODataAbsent: an idle service is not absent", interval: "1m", input_series: [{ series: seriesText(series), values: `1x${last}` }], promql_expr_test: [answers(states, `${last}m`, {})],
    })),
  ];
}

/** Annotations as Prometheus fills them in. */
function rendered({ annotations }: Rule, job: string, value = 1): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations!).map(([key, text]) => [key, text
    .replaceAll("{{ $labels.job }}", job)
    .replaceAll("{{ $externalLabels.console_url }}", address)
    .replaceAll("{{ $value | humanizePercentage }}", `${Number((value * 100).toPrecision(4))}%`)]));
}
