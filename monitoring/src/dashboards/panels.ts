import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder, DashboardLinkType, FieldColorBuilder, FieldColorModeId, ThresholdsConfigBuilder, ThresholdsMode,
  type DashboardLink, type DynamicConfigValue, type FieldColor, type Panel, type ThresholdsConfig,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as BarGaugeBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import { PanelBuilder as GaugeBuilder } from "@grafana/grafana-foundation-sdk/gauge";
import { HeatmapColorMode, HeatmapColorOptionsBuilder, HeatmapTooltipBuilder, PanelBuilder as HeatmapBuilder, YAxisConfigBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TextBuilder, TextMode } from "@grafana/grafana-foundation-sdk/text";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { colours, type Colour } from "./colours.ts";

/** One PromQL expression of a panel. `legend` is Grafana's format, as `{{http_route}}`; `colour` keeps a known series the same everywhere; `exemplars` asks for traces of the series it reads. */
export type Query = { expr: string; legend: string; colour?: Colour; exemplars?: boolean };

/** A limit at which the figure changes its colour; `from` is the value where it begins, in the panel's unit. */
export type Step = { from: number; colour: Colour };

/** What every panel says of itself. `description` tells what to do about a bad value. Width counts 24ths of the page, height about 30 px. */
export type PanelText = {
  title: string;
  description: string;
  /** A unit of Grafana: s, percentunit, reqps, ops, bytes, short, cps. */
  unit: string;
  width: number;
  height: number;
  /** Alerts that watch the same figure: the panel links their runbook and their state. */
  alerts?: string[];
  decimals?: number;
  steps?: Step[];
  min?: number;
  max?: number;
  /** What stands there when there is nothing to measure. */
  noValue?: string;
};

const datasource = { type: "prometheus", uid: "${datasource}" };

/** A large figure: its last value, over a line of how it came to be. `instant` for a figure of the whole range, which has no such line and would be dear. */
export function stat(text: PanelText & { queries: Query[]; instant?: boolean }): StatBuilder {
  const panel = new StatBuilder()
    .reduceOptions(lastValue())
    .graphMode(text.instant ? common.BigValueGraphMode.None : common.BigValueGraphMode.Area)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(text.queries.length > 1 ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Auto);
  return dress(panel, text, text.queries.map((query, index) => target(query, { refId: refId(index), instant: text.instant ?? false })));
}

/** A share of a whole, with its limits on the dial. */
export function gauge(text: PanelText & { queries: Query[] }): GaugeBuilder {
  const panel = new GaugeBuilder().reduceOptions(lastValue()).showThresholdMarkers(true);
  return dress(panel, text, text.queries.map((query, index) => target(query, { refId: refId(index), instant: true })));
}

/** One bar for each series, largest first where the query sorts. */
export function bars(text: PanelText & { query: Query }): BarGaugeBuilder {
  const panel = new BarGaugeBuilder()
    .reduceOptions(lastValue())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text);
  return dress(panel, text, [target(text.query, { instant: true })]);
}

/** Lines over time. `stacked` where the parts make a whole; `limits` draws the steps as lines. */
export function timeseries(text: PanelText & { queries: Query[]; stacked?: boolean; limits?: boolean; links?: DataLink[] }): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .lineWidth(2)
    .fillOpacity(text.stacked ? 30 : 5)
    .showPoints(common.VisibilityMode.Never)
    // A gap of a few intervals is a late sample; a longer one is an outage and stays a gap.
    .spanNulls(120_000)
    .stacking(new common.StackingConfigBuilder().mode(text.stacked ? common.StackingMode.Normal : common.StackingMode.None).group("A"))
    .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom).calcs(["lastNotNull", "max"]))
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName));
  if (text.limits) panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  if (text.links) panel.dataLinks(text.links.map(({ title, url }) => link(title, url)));
  text.queries.forEach(({ colour }, index) => {
    if (colour) panel.overrideByQuery(refId(index), [colourOf(colour)]);
  });
  return dress(panel, text, text.queries.map((query, index) => target(query, { refId: refId(index) })));
}

/** How often each size occurred over time; the query gives one series for each bucket (`le`). */
export function heatmap(text: PanelText & { query: Query }): HeatmapBuilder {
  const panel = new HeatmapBuilder()
    .calculate(false)
    .cellGap(1)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Viridis").steps(64).reverse(false).fill(colours.blue).exponent(0.5))
    .yAxis(new YAxisConfigBuilder().unit(text.unit).axisPlacement(common.AxisPlacement.Left))
    .tooltip(new HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single))
    .exemplarsColor(colours.purple)
    .showLegend();
  return dress(panel, text, [target(text.query, { format: PromQueryFormat.Heatmap })]);
}

/** A column of a table: the label or, of query n, `Value #<refId>`. */
export type Column = { field: string; name: string; unit?: string; decimals?: number; steps?: Step[]; link?: DataLink };

/** One row for each set of labels, columns in the order given; all queries are joined on their labels. */
export function table(text: PanelText & { queries: Query[]; columns: Column[]; sortBy?: string }): TableBuilder {
  const { columns } = text;
  const panel = new TableBuilder()
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(columns.map(({ field, name }) => [field, name])),
      },
    });
  if (text.sortBy) panel.sortBy([new common.TableSortByFieldStateBuilder().displayName(text.sortBy).desc(true)]);
  for (const { name, unit, decimals, steps, link: to } of columns) {
    const properties: DynamicConfigValue[] = [];
    if (unit) properties.push({ id: "unit", value: unit });
    if (decimals !== undefined) properties.push({ id: "decimals", value: decimals });
    if (steps) properties.push({ id: "thresholds", value: limits(steps).build() }, { id: "custom.cellOptions", value: { type: "color-text" } });
    if (to) properties.push({ id: "links", value: [link(to.title, to.url).build()] });
    if (properties.length > 0) panel.overrideByName(name, properties);
  }
  return dress(panel, text, text.queries.map((query, index) => target(query, { refId: refId(index), instant: true, format: PromQueryFormat.Table })));
}

/** A few words between panels, as Markdown. */
export function words(title: string, content: string, width: number, height: number): TextBuilder {
  return new TextBuilder().title(title).mode(TextMode.Markdown).content(content).span(width).height(height);
}

/** Where a click on a series or a cell leads. `\${__from}` and `\${__to}` carry the time range. */
export type DataLink = { title: string; url: string };

interface Dressable<Self> extends Builder<Panel> {
  title(title: string): Self;
  description(description: string): Self;
  unit(unit: string): Self;
  decimals(decimals: number): Self;
  min(min: number): Self;
  max(max: number): Self;
  noValue(text: string): Self;
  span(columns: number): Self;
  height(rows: number): Self;
  interval(least: string): Self;
  datasource(reference: common.DataSourceRef): Self;
  thresholds(thresholds: Builder<ThresholdsConfig>): Self;
  colorScheme(colour: Builder<FieldColor>): Self;
  links(links: Builder<DashboardLink>[]): Self;
  withTarget(query: Builder<Dataquery>): Self;
}

function dress<P extends Dressable<P>>(panel: P, text: PanelText & { query?: Query; queries?: Query[] }, targets: Builder<Dataquery>[]): P {
  panel.title(text.title).description(text.description).unit(text.unit).span(text.width).height(text.height).datasource(datasource).interval(leastStep(text.queries ?? [text.query!]));
  panel.noValue(text.noValue ?? "No traffic");
  if (text.steps) panel.thresholds(limits(text.steps));
  if (text.steps && !(panel instanceof TimeseriesBuilder)) panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  if (text.decimals !== undefined) panel.decimals(text.decimals);
  if (text.min !== undefined) panel.min(text.min);
  if (text.max !== undefined) panel.max(text.max);
  if (text.alerts) panel.links(text.alerts.flatMap(alertLinks));
  for (const each of targets) panel.withTarget(each);
  return panel;
}

/** Metrics come every 15 seconds, recordings of rules/by-minute.yml every minute: a finer step would find none in most of its points. */
function leastStep(queries: Query[]): string {
  return queries.some(({ expr }) => expr.includes(":increase1m")) ? "1m" : "15s";
}

function alertLinks(alert: string): DashboardLinkBuilder[] {
  return [
    link(`Runbook: ${alert}`, `\${console_url}/runbooks/${alert}`),
    link(`Alert: ${alert}`, `\${console_url}/alerts?q=${alert}&from=\${__from}&to=\${__to}`),
  ];
}

function link(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url).targetBlank(false);
}

type TargetOptions = { refId?: string; instant?: boolean; format?: PromQueryFormat };

function target({ expr, legend, exemplars }: Query, { refId: id = "A", instant, format }: TargetOptions = {}): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(id).expr(expr).legendFormat(legend).datasource(datasource);
  if (instant) query.instant();
  else query.range();
  if (format) query.format(format);
  if (exemplars) query.exemplar(true);
  return query;
}

function refId(index: number): string {
  return String.fromCharCode(65 + index);
}

function limits(steps: Step[]): ThresholdsConfigBuilder {
  // The first step of Grafana has no value: it begins at minus infinity.
  const values = steps.map(({ from, colour }, index) => ({ value: index === 0 ? null : from, color: colours[colour] }));
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(values as { value: number; color: string }[]);
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false);
}

function colourOf(colour: Colour): DynamicConfigValue {
  return { id: "color", value: { mode: FieldColorModeId.Fixed, fixedColor: colours[colour] } };
}
