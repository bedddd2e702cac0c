import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import {
  AnnotationQueryBuilder, ConstantVariableBuilder, DashboardBuilder, DashboardCursorSync, DashboardLinkBuilder, DashboardLinkType, DatasourceVariableBuilder,
  QueryVariableBuilder, RowBuilder, TimeOptionBuilder, TimePickerBuilder, VariableRefresh, VariableSort,
  type Panel, type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { colours } from "./colours.ts";

/** A row of panels under a heading. */
export type Row = { title: string; panels: Builder<Panel>[] };

export type Page = {
  /** Address of the dashboard, `/d/<uid>`: alerts link to it, so it does not change. */
  uid: string;
  title: string;
  description: string;
  /** Which of the variables of the page are shown; all three by default. */
  variables?: ("service" | "route" | "instance")[];
  /** The service that is chosen when the page opens; the API by default. */
  service?: string;
  /** Start of the range that the page opens with. */
  from?: "now-1h" | "now-6h" | "now-24h" | "now-7d";
  rows: Row[];
};

/** The four ranges that every page offers. */
export const ranges = [
  { display: "1 h", from: "now-1h" },
  { display: "6 h", from: "now-6h" },
  { display: "24 h", from: "now-24h" },
  { display: "7 d", from: "now-7d" },
] as const;

const prometheus = { type: "prometheus", uid: "${datasource}" };

/** Grafana's JSON of a page: its rows in the frame that all pages share (variables, ranges, annotations, links to the others). */
export function dashboard(page: Page, consoleUrl: string): string {
  const built = frame(page, consoleUrl).build();
  // Ids make the address of a single panel; the builders leave them to Grafana, which would choose new ones at each start.
  const panels = built.panels?.map((panel, index) => ({ ...panel, id: index + 1 }));
  return `${JSON.stringify({ ...built, panels }, null, 2)}\n`;
}

function frame({ uid, title, description, variables = ["service", "route", "instance"], service = "helloagents-api", from = "now-1h", rows }: Page, consoleUrl: string): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["helloagents"])
    .timezone("browser")
    .time({ from, to: "now" })
    .refresh("30s")
    .tooltip(DashboardCursorSync.Crosshair)
    .timepicker(new TimePickerBuilder().refreshIntervals(["10s", "30s", "1m", "5m"]).quickRanges(ranges.map(({ display, from: start }) => new TimeOptionBuilder().display(`Last ${display}`).from(start).to("now"))))
    .readonly();
  for (const variable of [...fixedVariables(consoleUrl), ...variables.map((name) => queryVariables[name](service))]) builder.withVariable(variable);
  for (const range of ranges) builder.link(rangeLink(uid, range));
  builder.link(new DashboardLinkBuilder("Other dashboards").type(DashboardLinkType.Dashboards).tags(["helloagents"]).asDropdown(true).keepTime(true).includeVars(true));
  builder.link(new DashboardLinkBuilder("Issues").type(DashboardLinkType.Link).icon("bug").url("${sentry_search}").keepTime(true));
  builder.annotation(deploys()).annotation(firing());
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  return builder;
}

function fixedVariables(consoleUrl: string): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus").current({ text: "Prometheus", value: "prometheus" }),
    new ConstantVariableBuilder("console_url").label("Address of runbooks, alerts and traces").value(consoleUrl),
    new ConstantVariableBuilder("sentry_search").label("Address of the search for issues").value(`${consoleUrl}/issues`),
  ];
}

const queryVariables = {
  service: (chosen: string) => listVariable("service", "Service", "label_values(target_info, job)").current({ text: [chosen], value: [chosen], selected: true }),
  route: () => listVariable("route", "Route", 'label_values(http_server_request_duration_seconds_count{job=~"$service",http_route!~"/metrics|/health"}, http_route)').current(everything),
  instance: () => listVariable("instance", "Instance", 'label_values(target_info{job=~"$service"}, instance)').current(everything),
};

const everything = { text: ["All"], value: ["$__all"], selected: true };

function listVariable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    // Also what has no such label: a request that met no route, for one.
    .allValue(".*");
}

function rangeLink(uid: string, { display, from }: { display: string; from: string }): DashboardLinkBuilder {
  return new DashboardLinkBuilder(display).type(DashboardLinkType.Link).icon("clock").url(`/d/${uid}?from=${from}&to=now`).includeVars(true);
}

/** A version of a service that was not there five minutes before, while the service was: a start is no deploy. */
export const deployExpression = [
  'count by (job, service_version) (target_info{service_version!=""})',
  'unless on (job, service_version) count by (job, service_version) (target_info{service_version!=""} offset 5m)',
  'and on (job) count by (job) (target_info{service_version!=""} offset 5m)',
].join("\n");

function deploys(): AnnotationQueryBuilder {
  return annotation("Deploys", colours.sky, deployExpression, "{{job}} {{service_version}}");
}

function firing(): AnnotationQueryBuilder {
  return annotation("Firing alerts", colours.vermilion, 'max by (alertname, job, severity) (ALERTS{alertstate="firing",severity=~"critical|warning"})', "{{alertname}} ({{job}})");
}

function annotation(name: string, colour: string, expr: string, title: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(prometheus)
    .enable(true)
    .iconColor(colour)
    .expr(expr)
    .titleFormat(title)
    .step("60s")
    .target(new DataqueryBuilder().refId("A").expr(expr).datasource(prometheus));
}
