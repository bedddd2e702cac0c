import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { expect, test } from "vitest";
import { consoleUrl, readMetrics, readRules, readRunbooks, root, seriesNames } from "../files.ts";
import { staleFiles } from "../generated.ts";
import { metricNames } from "../promql-names.ts";
import { checkSloFile } from "../slo/check.ts";
import { expressionsOf, readDashboards } from "./committed.ts";
import { generateDashboards } from "./dashboards.ts";
import { factsOf } from "./facts.ts";

const all = readDashboards();
const panels = all.flatMap(({ uid, panels: own }) => own.filter(({ type }) => type !== "row").map((panel): [string, Panel] => [`${uid}: ${panel.title}`, panel]));
const shown = panels.filter(([, { type }]) => type !== "text");

test("the committed dashboards are what their sources give", () => {
  const result = checkSloFile(readFileSync(join(root, "SLO_DEFINITIONS.yml"), "utf8"), readMetrics());
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  const files = generateDashboards(factsOf(result.definitions, readRules(), consoleUrl()));
  expect(staleFiles({ folder: join(root, "grafana/dashboards"), ours: /\.json$/, files }), "run `npm run monitoring -- generate`").toEqual([]);
});

test("counts are whole, and those of thousands keep their digits: 4.32 k, not 4 k", () => {
  const counts = shown.filter(([, { type, fieldConfig }]) => ["stat", "gauge", "bargauge"].includes(type) && fieldConfig?.defaults.unit === "short");
  expect(counts.length).toBeGreaterThan(4);
  expect(counts.filter(([, { fieldConfig }]) => fieldConfig?.defaults.decimals === 0).map(([name]) => name)).toEqual([]);
});

test("the four of the handbook are there, and every dashboard that an alert links", () => {
  const uids = all.map(({ uid }) => uid);
  expect(uids).toEqual(expect.arrayContaining(["helloagents-overview", "api-performance", "sandbox-metrics", "slo-dashboard"]));
  const linked = readRules().flatMap(({ annotations }) => /\/d\/([\w-]+)/.exec(annotations?.["dashboard"] ?? "")?.[1] ?? []);
  expect(linked.length).toBeGreaterThan(10);
  expect(linked.filter((slug) => !uids.includes(slug))).toEqual([]);
});

test.each(all.map((each) => [each.uid, each] as const))("%s has the four ranges, its variables, deploys, alerts, and golden signals first", (_uid, { panels: own, templating, annotations, timepicker, links = [] }) => {
  expect(timepicker?.quick_ranges?.map(({ from }) => from)).toEqual(["now-1h", "now-6h", "now-24h", "now-7d"]);
  expect(links.map(({ title }) => title)).toEqual(["1 h", "6 h", "24 h", "7 d", "Other dashboards", "Issues"]);
  expect(templating.list?.[0]).toMatchObject({ type: "datasource", name: "datasource", query: "prometheus" });
  expect(annotations.list?.map(({ name }) => name)).toEqual(["Deploys", "Firing alerts"]);
  const first = own.find(({ type }) => type !== "row");
  expect(["stat", "table"]).toContain(first?.type);
  const known = new Set(templating.list?.map(({ name }) => name));
  const used = [...JSON.stringify(own).matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name!);
  expect(used.filter((name) => !known.has(name))).toEqual([]);
});

test.each(shown)("%s says what it shows and what to do, in a unit, from the chosen data source", (_where, { title, description, datasource, interval, fieldConfig, targets = [] }) => {
  expect(title).toBeTruthy();
  expect(description).toMatch(/\.$/);
  expect(fieldConfig?.defaults.unit).toBeTruthy();
  expect(fieldConfig?.defaults.noValue, "words for an empty panel").toBeTruthy();
  const recorded = (targets as Dataquery[]).some(({ expr }) => expr.includes(":increase1m"));
  expect(interval, "the least step, which is how often metrics come, or recordings of them").toBe(recorded ? "1m" : "15s");
  for (const source of [datasource, ...targets.map((each) => (each as Dataquery).datasource)]) expect(source).toEqual({ type: "prometheus", uid: "${datasource}" });
  expect((targets as Dataquery[]).filter(({ hide }) => hide)).toEqual([]);
  expect(new Set((targets as Dataquery[]).map(({ refId }) => refId)).size).toBe(targets.length);
});

test.each(shown.filter(([, { type }]) => type === "timeseries"))("%s names every line", (_where, { targets = [], options }) => {
  for (const { legendFormat } of targets as Dataquery[]) expect(legendFormat).toBeTruthy();
  expect(options).toMatchObject({ legend: { showLegend: true } });
});

test("panels have ids of their own and do not overlap", () => {
  for (const { uid, panels: own } of all) {
    expect(new Set(own.map(({ id }) => id)).size, uid).toBe(own.length);
    const taken = new Map<string, string>();
    for (const { title = "", gridPos } of own) {
      expect(gridPos, `${uid}: ${title}`).toBeTruthy();
      const { x, y, w, h } = gridPos!;
      expect(x + w, `${uid}: ${title} is beyond the right edge`).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.get(`${column},${row}`), `${uid}: ${title} covers another panel`).toBeUndefined();
          taken.set(`${column},${row}`, title);
        }
      }
    }
  }
});

test("panels use metrics of the catalogue only", () => {
  const known = new Set([...readMetrics().flatMap(seriesNames), "ALERTS"]);
  const expressions = all.flatMap(expressionsOf);
  expect(expressions.length).toBeGreaterThan(80);
  expect(expressions.flatMap(({ where, expr }) => metricNames(expr).filter((name) => !known.has(name)).map((name) => `${where}: ${name}`))).toEqual([]);
});

test("panels link runbooks and alerts that are there", () => {
  const runbooks = readRunbooks();
  const linked = panels.flatMap(([where, { links = [] }]) => links.map(({ url = "" }) => ({ where, alert: /\/runbooks\/(\w+)/.exec(url)?.[1] ?? /\/alerts\?q=(\w+)/.exec(url)?.[1] })));
  expect(linked.length).toBeGreaterThan(30);
  expect(linked.filter(({ alert }) => alert === undefined || !runbooks.has(alert))).toEqual([]);
});

test("limits stand in the colours of people who cannot tell red from green", () => {
  const safe = ["#0072B2", "#56B4E9", "#009E73", "#F0E442", "#E69F00", "#D55E00", "#CC79A7", "#999999"];
  const used = [...JSON.stringify(all).matchAll(/"(?:color|fixedColor|iconColor)":"([^"]+)"/g)].map(([, colour]) => colour!);
  expect(used.length).toBeGreaterThan(50);
  expect([...new Set(used)].filter((colour) => !safe.includes(colour))).toEqual([]);
});
