/** Labels as in a sample that promtool expects. */
export type Expected = { labels: string; value: number };

/** A test group of promtool's case files. */
export type PromtoolCase = {
  name: string;
  interval: string;
  external_labels?: Record<string, string>;
  input_series: { series: string; values: string }[];
  promql_expr_test?: { expr: string; eval_time: string; exp_samples: Expected[] }[];
  alert_rule_test?: { alertname: string; eval_time: string; exp_alerts: { exp_labels: Record<string, string>; exp_annotations: Record<string, string> }[] }[];
};

/** What a query has to answer at a time; `samples`: values by labels, as `{a="b"}`. */
export function answers(expr: string, time: string, samples: Record<string, number>): NonNullable<PromtoolCase["promql_expr_test"]>[number] {
  return { expr, eval_time: time, exp_samples: Object.entries(samples).map(([labels, value]) => ({ labels, value })) };
}

/** A duration in minutes, as `6m` or `2h`. */
export function minutesOf(duration: string): number {
  return Number.parseInt(duration, 10) * { m: 1, h: 60, d: 1440 }[duration.at(-1) as "m" | "h" | "d"];
}

/** Counts as exact numbers, without the error that adding fractions leaves. */
export function exact(value: number): number {
  return Number(value.toPrecision(10));
}
