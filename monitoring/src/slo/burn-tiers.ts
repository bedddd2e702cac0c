/** Windows of objectives: rolling, or the calendar month in UTC so far. */
export type Window = "7d" | "28d" | "30d" | "month";

/**
 * One multi-window burn-rate alert: fires while the budget is spent `factor` times too fast over `long`, and still is over `short`
 * (so that it ends soon after the trouble does).
 */
export type Tier = { name: string; alert: string; severity: "critical" | "warning"; long: string; short: string; for: string; factor: number };

// Pages wait a minute longer than HighErrorRate (5m): a jump of errors that pages for availability is one for HighErrorRate too, and what has paged by its
// symptom silences the page about its budget. With less patience one incident would page twice. What it costs: pages of objectives that no such alert
// stands beside come minutes later.
const tiers: Omit<Tier, "factor">[] = [
  { name: "page_fast", alert: "ErrorBudgetBurnFast", severity: "critical", long: "1h", short: "5m", for: "6m" },
  { name: "page_slow", alert: "ErrorBudgetBurnFast", severity: "critical", long: "6h", short: "30m", for: "6m" },
  { name: "ticket_fast", alert: "ErrorBudgetBurnSlow", severity: "warning", long: "1d", short: "2h", for: "15m" },
  { name: "ticket_slow", alert: "ErrorBudgetBurnSlow", severity: "warning", long: "3d", short: "6h", for: "30m" },
];

/** Names of the tiers, fastest first. */
export const tierNames: readonly string[] = tiers.map(({ name }) => name);

/**
 * Burn rates by window. 30d: 2%, 5%, 10% and 10% of the budget are gone when the alert fires (Google's SRE workbook, chapter 5). 28d: the
 * same shares. 7d: 8%, 12.5%, 20% and 43%; with the shares of 30 days the last two would be 0.7 and 0.23 and fire on a healthy service.
 * A month is taken for 30 days. None is below 1, the rate at which the budget just lasts.
 */
export const defaultFactors: Record<Window, readonly number[]> = {
  "7d": [13.4, 3.5, 1.4, 1],
  "28d": [13.4, 5.6, 2.8, 1],
  "30d": [14.4, 6, 3, 1],
  month: [14.4, 6, 3, 1],
};

/** The four tiers, fastest first. */
export function tiersOf(window: Window, factors: readonly number[] = defaultFactors[window]): Tier[] {
  return tiers.map((tier, index) => ({ ...tier, factor: factors[index]! }));
}

/** Length of a window; a month counts as 30 days. */
export function daysOf(window: string): number {
  return window === "month" ? 30 : Number.parseInt(window, 10);
}
