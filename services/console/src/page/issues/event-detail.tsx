import type { TraceSummary } from "../../traces/store.ts";
import type { EventView } from "../../sentry/event.ts";
import { FiguresLink } from "../dashboards/dashboard-link.tsx";
import { Link, useLocation } from "../router.tsx";
import { KeyValues } from "../ui/key-values.tsx";
import { rangeQuery } from "../ui/time-range.tsx";
import { useJson } from "../use-json.ts";
import { ExceptionChain } from "./exception-chain.tsx";

/** A Sentry event: what was thrown and where, then everything known around it. */
export function EventDetail({ event }: { event: EventView }) {
  const range = rangeQuery(useLocation().query);
  return (
    <div className="event">
      {event.exceptions.length > 0 ? <ExceptionChain exceptions={event.exceptions} /> : <pre className="event-message">{event.message}</pre>}
      <section className="card" aria-labelledby="context-heading">
        <div className="card-head"><h2 id="context-heading">Context</h2></div>
        <KeyValues
          pairs={[
            ["Trace", event.traceId && <TraceLink key="t" traceId={event.traceId} range={range} />],
            ["Transaction", event.transaction],
            ["Request", [event.request.method, event.request.url].filter(Boolean).join(" ")],
            ["Release", event.release],
            ["Environment", event.environment],
            ["Server", event.server],
            ["User", Object.entries(event.user).map(([key, value]) => `${key} ${value}`).join(", ")],
            ["Session", event.sessionId],
            ["Platform", event.platform],
            ["Time", event.time && <span key="w">{new Date(event.time).toLocaleString()} · <FiguresLink iso={event.time} service={event.release?.split("@")[0]} /></span>],
            ["Event", <code key="e" className="breakable">{event.id}</code>],
          ]}
        />
      </section>
      {event.tags.length > 0 && (
        <section className="card" aria-labelledby="tags-heading">
          <div className="card-head"><h2 id="tags-heading">Tags</h2></div>
          <ul className="tags">{event.tags.map(([key, value]) => <li key={key}><span>{key}</span> {value}</li>)}</ul>
        </section>
      )}
      {event.breadcrumbs.length > 0 && (
        <section className="card" aria-labelledby="crumbs-heading">
          <div className="card-head"><h2 id="crumbs-heading">Before it</h2></div>
          <ol className="crumbs">
            {event.breadcrumbs.map((crumb, index) => (
              <li key={index}><span className="crumb-time">{crumb.time && new Date(crumb.time).toLocaleTimeString()}</span> <span className="crumb-category">{crumb.category}</span> {crumb.message}</li>
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

/** Says beforehand when the trace is not (or no longer) here. */
function TraceLink({ traceId, range }: { traceId: string; range: string }) {
  const { data, error } = useJson<TraceSummary>(`/api/traces/${traceId}`);
  if (error) return <><code className="breakable">{traceId}</code> <span className="muted">(its spans are not here)</span></>;
  return <Link to={`/traces/${traceId}${range}`}>{data ? `${data.rootName} ` : ""}<code className="breakable">{traceId}</code></Link>;
}
