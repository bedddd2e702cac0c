import type { Objective, SlaPromise } from "./facts.ts";
import { daysOf } from "../slo/burn-tiers.ts";
import { round } from "../slo/check.ts";

/** Expressions on what generated/slo-*.yml records. A stack younger than its first record shows the last hour instead of nothing. */

const own = ({ name }: Objective): string => `{slo="${name}"}`;
const budget = ({ target }: Objective): number => round(1 - target);

/** Share of good events over the window of the objective. */
export function attained(objective: Objective): string {
  return `1 - ${ratio(objective)}`;
}

/** Share of the budget that is left; below 0 when it is overspent. */
export function budgetLeft(objective: Objective): string {
  return `1 - ${ratio(objective)} / ${budget(objective)}`;
}

/** How many events may still go wrong. */
export function eventsLeft(objective: Objective): string {
  // Summed, so that both sides of the `or` are one series in a graph: the recorded one would keep its name.
  return `sum by (slo, job) (slo:error_budget_remaining:events${own(objective)} or slo:total:increase1h${own(objective)} * (${budget(objective)} - slo:error_ratio:1h${own(objective)}))`;
}

/** Seconds until the budget is gone at the rate of the last day (the last hour while there is no day); the window itself when it will not be. */
export function budgetLasts(objective: Objective): string {
  const recent = `(slo:error_ratio:1d${own(objective)} or slo:error_ratio:1h${own(objective)})`;
  const windowS = windowSeconds(objective.window);
  const left = `clamp_min(${budgetLeft(objective)}, 0)`;
  return `clamp_max((${left}) * ${windowS} * ${budget(objective)} / (${recent} > 0), ${windowS}) or ${windowS} + 0 * ${recent}`;
}

/** How fast the budget is spent over a time: 1 is the rate at which it just lasts. */
export function burnRate(objective: Objective, over: "5m" | "1h" | "6h"): string {
  const fallback = over === "6h" ? ` or slo:error_ratio:1h${own(objective)}` : "";
  return `(slo:error_ratio:${over}${own(objective)}${fallback}) / ${budget(objective)}`;
}

/** Share of good events over the last hour, as a line over time. */
export function trend(objective: Objective): string {
  return `1 - slo:error_ratio:1h${own(objective)}`;
}

/** Share of good events of a promise over the last 30 days, whatever the window of our own objective is; before the first block of five minutes, what there is. */
export function kept({ name, record }: SlaPromise): string {
  const now = (kind: string): string => `slo:${kind}:increase5m{slo="${record}"}`;
  const days = (kind: string): string => `sum_over_time(${now(kind)}[30d:5m])`;
  return `label_replace(sum(1 - (${days("bad")} / (${days("total")} > 0) or ${now("bad")} / (${now("total")} > 0))), "promise", "${name}", "", "")`;
}

function ratio(objective: Objective): string {
  return `(slo:error_ratio:${objective.window}${own(objective)} or slo:error_ratio:1h${own(objective)})`;
}

function windowSeconds(window: string): number {
  return daysOf(window) * 86_400;
}
