import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { expect, test } from "vitest";
import { readMetrics, seriesNames } from "../files.ts";
import { namesOf, parsePromql, walk, type Selector } from "../promql/tree.ts";
import { readDashboards } from "./committed.ts";

/**
 * What a panel costs Prometheus: samples read = series x (what the window holds) x points, a window being at least as long as the way between two points.
 * The size is that of a platform in earnest, looked at for a week.
 */
const size = { routes: 20, codes: 3, instances: 2, languages: 4, outcomes: 4, models: 3, operations: 8, exporters: 5, objectives: 6 };
const WEEK_S = 604_800;
const SCRAPE_S = 15;
const STEP_S = 1_800;
/** A core reads some ten million samples a second: over a week of everything the dearest panel takes twelve seconds of one. */
const MOST = 120_000_000;
/** Panels of the page that is opened first, and is left open. */
const MOST_OVERVIEW = 20_000_000;

const metrics = readMetrics();

/** Series of a metric, by its name. */
function seriesOf(name: string): number {
  const { routes, codes, instances, languages, outcomes, models, operations, exporters, objectives } = size;
  const labels = name.startsWith("http_server") ? routes * codes * instances
    : name.startsWith("helloagents_sandbox_execution") ? languages * outcomes * instances
    : name.startsWith("gen_ai") ? models * instances * 2
    : name.startsWith("db_client") ? operations * instances
    : name.startsWith("browser_") ? routes
    : name.startsWith("otelcol_") ? exporters * 3
    : name.startsWith("slo:") ? objectives
    : name.includes(":") ? 4
    : 10;
  const metric = metrics.find((each) => seriesNames(each).includes(name));
  return labels * (name.endsWith("_bucket") ? (metric?.buckets?.length ?? 15) + 1 : 1);
}

function samples(expr: string, instant: boolean): number {
  const filled = expr.replaceAll("$__rate_interval", `${STEP_S + SCRAPE_S}s`).replaceAll("$__range", `${WEEK_S}s`).replaceAll(/\$\w+/g, ".*");
  const points = instant ? 1 : WEEK_S / STEP_S;
  return [...walk(parsePromql(filled))].reduce((sum, { expr: one, around }) => {
    if (one.kind !== "selector") return sum;
    // A subquery at every point reads no moment twice: its moments are those of the whole range.
    const steps = around.flatMap((each) => (each.kind === "subquery" ? [(each.range_s + (instant ? 0 : WEEK_S)) / (each.step_s ?? 60)] : []));
    return sum + read(one) * (steps[0] ?? points);
  }, 0);
}

function read(selector: Selector): number {
  const series = namesOf(selector).reduce((sum, name) => sum + seriesOf(name), 0);
  return series * Math.max(1, (selector.range_s ?? 0) / SCRAPE_S);
}

const panels = readDashboards().flatMap(({ uid, panels: own }) => own.flatMap(({ title = "", targets = [] }) => {
  const queries = targets as Dataquery[];
  return queries.length > 0 ? [{ uid, title, cost: queries.reduce((sum, { expr, instant }) => sum + samples(expr, instant ?? false), 0) }] : [];
}));

test("the model counts what Prometheus reads", () => {
  expect(samples("up", true)).toBe(10);
  expect(samples("rate(up[$__rate_interval])", false)).toBe(10 * 121 * 336);
  expect(samples("sum(increase(http_server_request_duration_seconds_bucket[$__range]))", true)).toBe(120 * 17 * 40_320);
});

test("a week on every panel stays within bounds", () => {
  expect(panels.length).toBeGreaterThan(60);
  expect(panels.filter(({ uid, cost }) => cost > (uid === "helloagents-overview" ? MOST_OVERVIEW : MOST)).map(({ uid, title, cost }) => `${uid}: ${title}: ${(cost / 1e6).toFixed(1)} million`)).toEqual([]);
});
