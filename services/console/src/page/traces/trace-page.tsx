import { useState } from "react";
import type { IssueSummary } from "../../sentry/issues.ts";
import type { TraceDetail } from "../../traces/store.ts";
import { FiguresLink } from "../dashboards/dashboard-link.tsx";
import { duration, plural } from "../format.ts";
import { Link, navigate, useLocation, withQuery } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { rangeQuery } from "../ui/time-range.tsx";
import { useJson } from "../use-json.ts";
import { serviceColours } from "./service-colour.ts";
import { SpanDetail } from "./span-detail.tsx";
import { searchQuery, searchWords, traceFilters } from "./trace-search.ts";
import { Waterfall } from "./waterfall.tsx";

/** Spans of one trace may still be on their way. */
const REFRESH_MS = 5_000;

export function TracePage({ id }: { id: string }) {
  const location = useLocation();
  const { data: trace, error } = useJson<TraceDetail>(`/api/traces/${encodeURIComponent(id)}`, REFRESH_MS);
  const { data: issues } = useJson<IssueSummary[]>(`/api/issues?traceId=${encodeURIComponent(id)}`, REFRESH_MS);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const colours = serviceColours(trace?.services.map((service) => service.name) ?? []);
  const chosen = trace?.spans.find((span) => span.spanId === location.query.get("span"));
  const choose = (spanId: string | undefined) => navigate(withQuery(location, { span: spanId }), { replace: true });
  const fold = (spanId: string) => setFolded((old) => (old.has(spanId) ? new Set([...old].filter((each) => each !== spanId)) : new Set([...old, spanId])));
  return (
    <div className="page">
      <Link to={`/traces${searchQuery(location.query)}`} className="back-link"><Icon name="back" />{traceFilters(location.query).size > 0 ? `All ${searchWords(location.query)}` : "Traces"}</Link>
      {error && !trace && <h1>Trace</h1>}
      {error && <Problem>{error}</Problem>}
      {trace && (
        <>
          <header className="trace-head">
            <h1>{trace.rootName}</h1>
            <div className="issue-facts">
              <strong>{duration(trace.durationMs)}</strong>
              <span>{plural(trace.spanCount, "span")}</span>
              {trace.errorCount > 0 && <LevelBadge level="error" label={plural(trace.errorCount, "error")} />}
              {trace.startTime && <time dateTime={trace.startTime}>{new Date(trace.startTime).toLocaleString()}</time>}
              <FiguresLink iso={trace.startTime} service={trace.spans[0]?.service} />
              <code className="breakable muted">{trace.traceId}</code>
            </div>
            <ul className="legend" aria-label="Services">
              {trace.services.map((service) => <li key={service.name} className="service-chip"><i style={{ background: colours.get(service.name) }} />{service.name} <span className="muted">{service.spans}</span></li>)}
            </ul>
          </header>
          {issues?.map((issue) => (
            <Link key={issue.id} to={`/issues/${issue.id}${rangeQuery(location.query)}`} className="trace-issue">
              <LevelBadge level={toLevel(issue.level)} label="Issue" /> <span>{issue.title}</span>
            </Link>
          ))}
          {trace.droppedSpans > 0 && <Problem>{plural(trace.droppedSpans, "span")} beyond the bound of one trace are not shown.</Problem>}
          {trace.spans.length === 0 ? (
            <Empty icon="trace" title="Only logs of this trace have arrived" />
          ) : (
            <div className={chosen ? "trace-columns trace-columns-open" : "trace-columns"}>
              <Waterfall trace={trace} colours={colours} chosen={chosen?.spanId} onChoose={choose} folded={folded} onFold={fold} />
              {chosen && <SpanDetail key={chosen.spanId} span={chosen} trace={trace} colour={colours.get(chosen.service)} onClose={() => choose(undefined)} />}
            </div>
          )}
          {!chosen && trace.logs.length > 0 && <Logs trace={trace} />}
        </>
      )}
    </div>
  );
}

function Logs({ trace }: { trace: TraceDetail }) {
  return (
    <section className="card" aria-labelledby="logs-heading">
      <div className="card-head"><h2 id="logs-heading">Logs</h2><span className="count">{trace.logs.length}</span></div>
      <ul className="rows">
        {trace.logs.map((log, index) => (
          <li key={index} className="row log-row">
            <LevelBadge level={toLevel(log.severity)} label={log.severity || "log"} />
            <div className="row-main"><div className="row-title">{log.eventName ?? log.service}</div><div className="row-text">{log.body || String(log.attributes["exception.message"] ?? "")}</div></div>
            <div className="row-side">+{duration(log.timeMs - Date.parse(trace.startTime))}</div>
          </li>
        ))}
      </ul>
    </section>
  );
}
