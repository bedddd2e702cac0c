import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./stack.ts";

export interface Target {
  refId: string;
  expr: string;
  instant?: boolean;
  legendFormat?: string;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  /** The least step, as `15s`. */
  interval: string;
  targets: Target[];
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; current?: { value: string | string[] } }[] };
}

/** The dashboards as committed, with the panels that ask something. */
export function readDashboards(): Dashboard[] {
  return globSync("monitoring/grafana/dashboards/*.json", { cwd: repository }).sort().map((file) => {
    const dashboard = JSON.parse(readFileSync(join(repository, file), "utf8")) as Dashboard;
    return { ...dashboard, panels: dashboard.panels.filter(({ targets }) => targets !== undefined) };
  });
}

export const ranges = { "now-1h": 3600, "now-6h": 21_600, "now-24h": 86_400, "now-7d": 604_800 } as const;

export type Range = keyof typeof ranges;

/** Seconds between the points of a panel over an hour: its least step. */
export function leastStepS({ interval }: Panel): number {
  return interval === "1m" ? 60 : 15;
}

/** An expression of a dashboard as Prometheus is asked it when the page opens: its own service, all routes and instances. */
export function asked(dashboard: Dashboard, expr: string, range: Range, stepS: number): string {
  const service = dashboard.templating.list.find(({ name }) => name === "service")?.current?.value ?? "";
  return expr
    .replaceAll("$__rate_interval", `${Math.max(stepS + 15, 60)}s`)
    .replaceAll("$__interval", `${stepS}s`)
    .replaceAll("$__range", `${ranges[range]}s`)
    .replaceAll("$service", [service].flat().join("|"))
    .replaceAll(/\$(route|instance)/g, ".*");
}
