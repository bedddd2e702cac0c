import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { root } from "../files.ts";

/** A dashboard as it is committed, with the kinds that the builders gave it. */
export type Committed = Omit<Dashboard, "uid" | "panels"> & { uid: string; panels: Panel[] };

/** Every file of grafana/dashboards. */
export function readDashboards(): Committed[] {
  return globSync("grafana/dashboards/*.json", { cwd: root }).sort().map((file) => JSON.parse(readFileSync(join(root, file), "utf8")) as Committed);
}

/** One expression of a dashboard: where it stands, and as PromQL without Grafana's variables. */
export type Expression = { where: string; expr: string };

/** Every expression of a dashboard, of annotations too. Ranges stand for an hour looked at with a point every 15 s; the chosen is everything. */
export function expressionsOf({ uid, panels, annotations }: Committed): Expression[] {
  const ofPanels = panels.flatMap(({ title = "", targets = [] }) => (targets as Dataquery[]).map(({ refId, expr }) => ({ where: `${uid}: ${title} ${refId}`, expr })));
  const ofAnnotations = (annotations.list ?? []).map(({ name, expr = "" }) => ({ where: `${uid}: annotation ${name}`, expr }));
  return [...ofPanels, ...ofAnnotations].map(({ where, expr }) => ({ where, expr: withoutVariables(expr) }));
}

function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$__interval", "1m").replaceAll("$__range", "1h").replaceAll(/\$(service|route|instance)/g, ".*");
}
