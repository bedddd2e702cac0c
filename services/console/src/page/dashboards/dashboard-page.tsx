import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { DashboardSummary } from "../../dashboards.ts";
import { currentLocation, navigate, useLocation, withQuery } from "../router.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { useJson } from "../use-json.ts";
import { AnnotationSwitches, useAnnotations } from "./annotations.tsx";
import type { Dashboard } from "./model.ts";
import { PanelFrame, place } from "./panel-frame.tsx";
import { linkRange, readable, seconds, spanOf, type TimeRange } from "./time-range.ts";
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
  const waiting = useRef(0);
  const waitFor = useCallback((answer: Promise<void>) => {
    waiting.current += 1;
    void answer.finally(() => { waiting.current -= 1; });
  }, []);
  const [nowMs, again] = useClock(range.to === "now" ? (seconds(refresh) ?? 0) * 1000 : 0, waiting);
  const query = location.query.toString();
  // The same objects while nothing changes: then panels are not drawn again.
  const context = useMemo(() => {
    const variables = dashboard.templating?.list ?? [];
    return { variables, values: chosenValues(variables, new URLSearchParams(query)), span: spanOf({ from: range.from, to: range.to }, nowMs), waitFor };
  }, [dashboard, query, range.from, range.to, nowMs, waitFor]);
  const annotations = useAnnotations(dashboard.annotations?.list ?? [], context);
  const zoom = useCallback((startS: number, endS: number) => {
    const { __from: from, __to: to } = linkRange({ startS, endS });
    navigate(withQuery(currentLocation(), { from, to }));
  }, []);

  return (
    <div className="page board">
      <div className="page-head"><h1>{dashboard.title}</h1></div>
      {dashboard.description && <p className="board-about">{dashboard.description}</p>}
      <Toolbar dashboard={dashboard} others={others} context={context} range={range} refresh={refresh} onRefresh={again} />
      {!readable(range, nowMs) && <Problem>The range “{range.from}” to “{range.to}” cannot be read, or ends before it begins; this is the last hour. A range looks like now-6h to now, or is in milliseconds since 1970.</Problem>}
      {annotations.problem && <Problem>{annotations.problem} What is shown may be old.</Problem>}
      <AnnotationSwitches annotations={annotations} />
      {dashboard.panels.length === 0 && <Empty title="This dashboard has no panels" />}
      <div className="board-grid">
        {dashboard.panels.map((panel) => (panel.type === "row"
          ? <h2 key={panel.id} className="board-row" style={place(panel)}>{panel.title}</h2>
          : <PanelFrame key={panel.id} panel={panel} context={context} marks={annotations.marks} onZoom={zoom} />))}
      </div>
    </div>
  );
}

/** The moment that "now" means, moved on by the clock while the page is visible and waits for nothing, or by hand: a slow answer is not given up for the next question. */
function useClock(everyMs: number, waiting: RefObject<number>): [number, () => void] {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    if (everyMs === 0) return undefined;
    const timer = setInterval(() => { if (!document.hidden && waiting.current === 0) setNow(Date.now()); }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, waiting]);
  return [nowMs, () => setNow(Date.now())];
}
