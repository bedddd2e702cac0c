import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { expect, test } from "vitest";
import { readMetrics } from "../files.ts";
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
/** Recordings of rules/by-minute.yml. */
const BY_MINUTE_S = 60;
/** A core reads some ten million samples a second: over a week of everything the dearest panel takes less than a second of one. */
const MOST = 6_000_000;
/** Pages send their vitals when they are visited: minutes could not tell a rare visit's part, so nothing records them, and a sample every 15 s is a busy site. */
const MOST_WEB_VITALS = 50_000_000;
/** Panels of the page that is opened first, and is left open. */
const MOST_OVERVIEW = 2_000_000;
/** All panels of all dashboards but web vitals together. */
const MOST_TOGETHER = 60_000_000;

const metrics = readMetrics();

/** Series of a metric, by its name. */
function seriesOf(name: string): number {
  const { routes, codes, instances, languages, outcomes, models, operations, exporters, objectives } = size;
  const labels = name.startsWith("job_route_code:") ? routes * codes
    : name.startsWith("job_route_le:") ? routes * bucketsOf("http_server_request_duration_seconds")
    : name.startsWith("job_outcome:") ? languages * outcomes
    : name.startsWith("job_le:helloagents_sandbox") ? languages * bucketsOf("helloagents_sandbox_execution_duration_seconds")
    : name.startsWith("job_le:gen_ai") ? bucketsOf("gen_ai_client_operation_duration_seconds")
    : name.startsWith("job_operation_le:") ? operations * bucketsOf("db_client_operation_duration_seconds")
    : name.startsWith("http_server") ? routes * codes * instances
    : name.startsWith("helloagents_sandbox_execution") ? languages * outcomes * instances
    : name.startsWith("gen_ai") ? models * instances * 2
    : name.startsWith("db_client") ? operations * instances
    : name.startsWith("browser_") ? routes
    : name.startsWith("otelcol_") ? exporters * 3
    : name.startsWith("slo:") ? objectives
    : name.includes(":") ? 4
    : 10;
  return labels * (name.endsWith("_bucket") ? bucketsOf(name.replace(/_bucket$/, "")) : 1);
}

function bucketsOf(histogram: string): number {
  return metrics.find(({ name }) => name === histogram)!.buckets!.length + 1;
}

function samples(expr: string, instant: boolean, instance = ".*"): number {
  const filled = expr.replaceAll("$__rate_interval", `${STEP_S + SCRAPE_S}s`).replaceAll("$__interval", `${STEP_S}s`).replaceAll("$__range", `${WEEK_S}s`).replaceAll("$instance", instance).replaceAll(/\$\w+/g, ".*");
  const points = instant ? 1 : WEEK_S / STEP_S;
  return [...walk(parsePromql(filled))].reduce((sum, { expr: one, around }) => {
    if (one.kind !== "selector") return sum;
    // A subquery at every point reads no moment twice: its moments are those of the whole range.
    const steps = around.flatMap((each) => (each.kind === "subquery" ? [(each.range_s + (instant ? 0 : WEEK_S)) / (each.step_s ?? 60)] : []));
    return sum + read(one) * (steps[0] ?? points);
  }, 0);
}

function read(selector: Selector): number {
  if (findsNothing(selector)) return 0;
  const everyS = isByMinute(selector) ? BY_MINUTE_S : SCRAPE_S;
  const series = namesOf(selector).reduce((sum, name) => sum + seriesOf(name), 0);
  return series * Math.max(1, (selector.range_s ?? 0) / everyS);
}

/** A label that a series lacks is empty: no series has `all_instances`, recordings of minutes have no `instance`. */
function findsNothing(selector: Selector): boolean {
  return selector.matchers.some(({ label, op, value }) => {
    const lacks = label === "all_instances" || (label === "instance" && isByMinute(selector));
    return lacks && (op === "=~") !== new RegExp(`^(?:${value})$`).test("");
  });
}

function isByMinute({ name }: Selector): boolean {
  return name?.text.endsWith(":increase1m") ?? false;
}

/** What each panel reads; `instance` is that which is chosen. */
function panels(instance: string): { uid: string; title: string; cost: number }[] {
  return readDashboards().flatMap(({ uid, panels: own }) => own.flatMap(({ title = "", targets = [] }) => {
    const queries = targets as Dataquery[];
    return queries.length > 0 ? [{ uid, title, cost: queries.reduce((sum, { expr, instant }) => sum + samples(expr, instant ?? false, instance), 0) }] : [];
  }));
}

function total(all: { cost: number }[]): number {
  return all.reduce((sum, { cost }) => sum + cost, 0);
}

test("the model counts what Prometheus reads", () => {
  expect(samples("up", true)).toBe(10);
  expect(samples("rate(up[$__rate_interval])", false)).toBe(10 * 121 * 336);
  expect(samples("sum(increase(http_server_request_duration_seconds_bucket[$__range]))", true)).toBe(120 * 17 * 40_320);
  expect(samples('sum_over_time(job_route_code:http_server_requests:increase1m{instance=~"$instance"}[$__interval])', false)).toBe(60 * 30 * 336);
  expect(samples('sum_over_time(job_route_code:http_server_requests:increase1m{instance=~"$instance"}[$__interval])', false, "a")).toBe(0);
  expect(samples('rate(http_server_request_duration_seconds_count{all_instances!~"$instance"}[$__range])', true)).toBe(0);
  expect(samples('rate(http_server_request_duration_seconds_count{all_instances!~"$instance"}[$__range])', true, "a")).toBe(120 * 40_320);
});

test("a week on every panel stays within bounds", () => {
  const all = panels(".*");
  expect(all.length).toBeGreaterThan(60);
  const most: Record<string, number> = { "helloagents-overview": MOST_OVERVIEW, "web-vitals": MOST_WEB_VITALS };
  expect(all.filter(({ uid, cost }) => cost > (most[uid] ?? MOST)).map(({ uid, title, cost }) => `${uid}: ${title}: ${(cost / 1e6).toFixed(1)} million`)).toEqual([]);
  expect(total(all.filter(({ uid }) => uid !== "web-vitals"))).toBeLessThan(MOST_TOGETHER);
});
