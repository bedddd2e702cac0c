import type { Rule } from "./rules.ts";
import { daysOf, tiersOf, type Tier } from "./burn-tiers.ts";
import { percent, round, share } from "./check.ts";
import type { Slo } from "./definitions.ts";

/** The alerts of an objective: four tiers of burn, and SLODataAbsent. */
export function burnAlerts(slo: Slo, job: string, heartbeat: string): Rule[] {
  const budget = round(1 - share(slo.objective));
  return [...tiersOf(slo.window, slo.factors).map((tier) => burnAlert(slo, tier, budget)), dataAbsent(slo, job, heartbeat)];
}

function burnAlert(slo: Slo, tier: Tier, budget: number): Rule {
  const own = `{slo="${slo.name}"}`;
  const { threshold, least } = limitsOf(slo, tier);
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
      description: `{{ $value | humanizePercentage }} of the events of ${slo.name} ({{ $labels.job }}) were bad over ${tier.long}, and it goes on over ${tier.short}. At the threshold, the budget of ${slo.window === "month" ? "a month" : slo.window} (${percent(budget)}) is gone in ${lasting(slo, tier)}.`,
      value: `{{ $value | humanizePercentage }} bad over ${tier.long}`,
      threshold: `${percent(threshold)} over ${tier.long} and ${tier.short} (${tier.factor} x budget)`,
      ...links(tier.alert, slo),
    },
  };
}

/** The share of bad events that a tier alerts above, and the events its long window has to hold. */
export function limitsOf(slo: Slo, tier: Tier): { threshold: number; least: number } {
  const threshold = round(tier.factor * round(1 - share(slo.objective)));
  // At least two of them bad: one alone, or one that extrapolation makes a little more than one, never alerts.
  return { threshold, least: slo.minEvents ?? Math.max(10, Math.ceil(round(2 / threshold))) };
}

/** How long a whole budget lasts at this tier's rate. */
function lasting(slo: Slo, tier: Tier): string {
  const hours = (daysOf(slo.window) * 24) / tier.factor;
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
