import { useEffect, useMemo, useState } from "react";
import type { DashboardSummary } from "../../dashboards.ts";
import { navigate, useLocation, withQuery } from "../router.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { useJson } from "../use-json.ts";
import { AnnotationSwitches, useAnnotations } from "./annotations.tsx";
import type { Dashboard, Panel } from "./model.ts";
import { PanelFrame } from "./panel-frame.tsx";
import { linkRange, seconds, spanOf, type TimeRange } from "./time-range.ts";
import { Toolbar } from "./toolbar.tsx";
import { chosenValues } from "./variables.ts";

/** A dashboard in Grafana's JSON, drawn without Grafana. The address holds range, variables and refresh, as Grafana's does. */
export function DashboardPage({ uid }: { uid: string }) {
  const { data, error } = useJson<Dashboard>(`/api/dashboards/${encodeURIComponent(uid)}`);
  const { data: others } = useJson<DashboardSummary[]>("/api/dashboards");
  if (error) return <div className="page"><h1>Dashboard</h1><Problem>{error}</Problem></div>;
  if (!data) return <div className="page" aria-busy="true" />;
  return <Board dashboard={data} others={others ?? []} />;
}

function Board({ dashboard, others }: { dashboard: Dashboard; others: DashboardSummary[] }) {
  const location = useLocation();
  const range: TimeRange = { from: location.query.get("from") ?? dashboard.time?.from ?? "now-1h", to: location.query.get("to") ?? dashboard.time?.to ?? "now" };
  const refresh = location.query.get("refresh") ?? dashboard.refresh ?? "";
  const [nowMs, again] = useClock(range.to === "now" ? (seconds(refresh) ?? 0) * 1000 : 0);
  const variables = useMemo(() => dashboard.templating?.list ?? [], [dashboard]);
  const values = chosenValues(variables, location.query);
  const span = spanOf(range, nowMs);
  const context = { variables, values, span };
  const annotations = useAnnotations(dashboard.annotations?.list ?? [], context);
  const zoom = (startS: number, endS: number) => {
    const { __from: from, __to: to } = linkRange({ startS, endS });
    navigate(withQuery(location, { from, to }));
  };

  return (
    <div className="page board">
      <div className="page-head"><h1>{dashboard.title}</h1></div>
      {dashboard.description && <p className="board-about">{dashboard.description}</p>}
      <Toolbar dashboard={dashboard} others={others} context={context} range={range} refresh={refresh} onRefresh={again} />
      <AnnotationSwitches annotations={annotations} />
      {dashboard.panels.length === 0 && <Empty title="This dashboard has no panels" />}
      <div className="board-grid">
        {dashboard.panels.map((panel) => (panel.type === "row"
          ? <h2 key={panel.id} className="board-row" style={place(panel)}>{panel.title}</h2>
          : <PanelFrame key={panel.id} panel={panel} context={context} marks={annotations.marks} onZoom={zoom} style={place(panel)} />))}
      </div>
    </div>
  );
}

/** Grafana's grid: 24 columns, rows of about 30 px. */
function place({ gridPos = { x: 0, y: 0, w: 24, h: 8 } }: Panel): React.CSSProperties {
  return { gridColumn: `${gridPos.x + 1} / span ${gridPos.w}`, gridRow: `${gridPos.y + 1} / span ${gridPos.h}` };
}

/** The moment that "now" means, moved on by the clock while the page is visible, or by hand. */
function useClock(everyMs: number): [number, () => void] {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => { if (!document.hidden) setNow(Date.now()); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return [nowMs, () => setNow(Date.now())];
}
