import { useEffect, useState } from "react";
import type { DashboardSummary } from "../../dashboards.ts";
import { Link, navigate, useLocation, withQuery } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import type { Dashboard, Variable } from "./model.ts";
import { askLabel } from "./series.ts";
import { rangeLabel, type Span, type TimeRange } from "./time-range.ts";
import type { Context } from "./use-panel.ts";
import { ALL, fillIn, labelQuery } from "./variables.ts";

const REFRESHES = ["", "10s", "30s", "1m", "5m"];

type Props = { dashboard: Dashboard; others: DashboardSummary[]; context: Context; range: TimeRange; refresh: string; onRefresh(): void };

/** What the page shows: ranges, variables, how often it asks again, and the other dashboards at the same range. */
export function Toolbar({ dashboard, others, context, range, refresh, onRefresh }: Props) {
  const location = useLocation();
  const ranges = dashboard.timepicker?.quick_ranges ?? [];
  const fixed = !ranges.some(({ from, to }) => from === range.from && to === range.to);
  return (
    <div className="board-tools">
      <div className="choice-bar" role="group" aria-label="Time range">
        {ranges.map(({ display, from, to }) => (
          <button key={from} type="button" aria-pressed={from === range.from && to === range.to} onClick={() => navigate(withQuery(location, { from, to }))}>{display.replace(/^Last /, "")}</button>
        ))}
      </div>
      {fixed && <span className="board-range">{rangeLabel(range)} <button type="button" className="link-button" onClick={() => navigate(withQuery(location, { from: undefined, to: undefined }))}>back to now</button></span>}
      {context.variables.filter(({ type }) => type === "query").map((variable) => <Choice key={variable.name} variable={variable} context={context} />)}
      <span className="board-field">
        <select className="input" aria-label="Refresh" title="Refresh" value={refresh} onChange={(event) => navigate(withQuery(location, { refresh: event.target.value || "off" }), { replace: true })}>
          {[...new Set([refresh === "off" ? "" : refresh, ...REFRESHES])].map((each) => <option key={each} value={each}>{each || "off"}</option>)}
        </select>
        <button type="button" className="button" aria-label="Ask again now" title="Ask again now" onClick={onRefresh}><Icon name="refresh" /></button>
      </span>
      <details className="board-menu">
        <summary className="button">Other dashboards</summary>
        <ul>{others.filter(({ uid }) => uid !== dashboard.uid).map(({ uid, title }) => <li key={uid}><Link to={`/dashboards/${uid}?${kept(location.query)}`}>{title}</Link></li>)}</ul>
      </details>
    </div>
  );
}

/** Range and service go along to another dashboard; a route means nothing there. */
function kept(query: URLSearchParams): string {
  return new URLSearchParams([...query].filter(([name]) => ["from", "to", "var-service"].includes(name))).toString();
}

function Choice({ variable, context }: { variable: Variable; context: Context }) {
  const location = useLocation();
  const options = useOptions(variable, context);
  const chosen = context.values.get(variable.name) ?? [];
  const value = chosen.length === 1 ? chosen[0]! : chosen.join(", ");
  const choose = (to: string) => {
    const query = new URLSearchParams(location.query);
    query.delete(`var-${variable.name}`);
    query.append(`var-${variable.name}`, to === ALL ? "All" : to);
    navigate(`${location.path}?${query}`);
  };
  return (
    <label className="board-field">
      <span>{variable.label ?? variable.name}</span>
      <select className="input" aria-label={variable.label ?? variable.name} title={value === ALL ? undefined : value} value={value} onChange={(event) => choose(event.target.value)}>
        {variable.includeAll && <option value={ALL}>All</option>}
        {[...new Set([...chosen.filter((each) => each !== ALL && chosen.length === 1), ...options])].map((each) => <option key={each} value={each}>{each}{options.length > 0 && !options.includes(each) && " (not in this range)"}</option>)}
        {chosen.length > 1 && <option value={value}>{value}</option>}
      </select>
    </label>
  );
}

/** What a variable may be. While Prometheus is away only the chosen is known; the panels say why. */
function useOptions(variable: Variable, { variables, values, span }: Context): string[] {
  const [options, setOptions] = useState<string[]>([]);
  const asked = labelQuery(variable.query);
  // By the minute: services do not come and go by the second.
  const minutes = { startS: Math.floor(span.startS / 60) * 60, endS: Math.ceil(span.endS / 60) * 60 };
  const question = asked && JSON.stringify({ label: asked.label, selector: asked.selector && fillIn(asked.selector, variables, values), minutes });
  useEffect(() => {
    if (question === undefined) return undefined;
    const abort = new AbortController();
    const { label, selector, minutes } = JSON.parse(question) as { label: string; selector?: string; minutes: Span };
    askLabel(label, selector, minutes, abort.signal).then((found) => setOptions(found.filter(Boolean)), () => undefined);
    return () => abort.abort();
  }, [question]);
  return options;
}
