import { namesOf, walk, type Expr, type Selector } from "../../promql/tree.ts";
import type { Context, LintRule } from "../rule.ts";

const SCRAPE_INTERVAL_S = 15;
const EVALUATION_INTERVAL_S = 60;
const LOOKBACK_STEPS = 1;
/** Series of a metric that comes from applications, and of a recording, which is summed already; one when a label says which. */
const SERIES = 100;
const RECORDED_SERIES = 10;
const BUCKETS = 15;
/** Samples that one evaluation may read. Prometheus reads some ten million a second on one core. */
const LIMIT = 1_000_000;

export const queryTooDear: LintRule = {
  id: "query-too-dear",
  reason: "Every evaluation reads every sample of every series in its range: 30 days of a histogram are hundreds of millions, again and again, and grow with each route.",
  remedy: "Record a short range (5m) and sum the recordings; for objectives, write them in SLO_DEFINITIONS.yml and generate.",
  check: ({ rules, series }) =>
    rules.flatMap((rule) => [...walk(rule.tree)].flatMap(({ expr, around }) => {
      if (expr.kind !== "selector") return [];
      const samples = seriesEstimate(expr, series) * rangeSamples(expr) * steps(around);
      return samples > LIMIT ? [{ at: rule.exprPlace(expr.from), message: `About ${rounded(samples)} samples are read at each evaluation (${rounded(seriesEstimate(expr, series))} series assumed); ${rounded(LIMIT)} are allowed.` }] : [];
    })),
};

function seriesEstimate(selector: Selector, catalogue: Context["series"]): number {
  return namesOf(selector).map((name) => {
    if (name.includes(":")) return selector.matchers.some(({ op }) => op === "=") ? 1 : RECORDED_SERIES;
    const oneBucket = selector.matchers.some(({ label, op }) => label === "le" && op === "=");
    return SERIES * (name.endsWith("_bucket") && !oneBucket ? (catalogue?.get(name)?.buckets?.length ?? BUCKETS) + 1 : 1);
  }).reduce((sum, one) => sum + one, 0) || SERIES;
}

function rangeSamples({ range_s, name }: Selector): number {
  const interval = name?.text.includes(":") ? EVALUATION_INTERVAL_S : SCRAPE_INTERVAL_S;
  return range_s === undefined ? LOOKBACK_STEPS : Math.max(LOOKBACK_STEPS, range_s / interval);
}

/** How often the subqueries around make it be read. */
function steps(around: readonly Expr[]): number {
  return around.reduce((product, one) => product * (one.kind === "subquery" ? Math.max(1, one.range_s / (one.step_s || EVALUATION_INTERVAL_S)) : 1), 1);
}

function rounded(count: number): string {
  return count >= 1e6 ? `${Number((count / 1e6).toPrecision(3))} million` : count >= 1e3 ? `${Number((count / 1e3).toPrecision(3))} thousand` : String(count);
}
