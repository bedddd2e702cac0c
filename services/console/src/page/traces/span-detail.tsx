import type { Attributes, AttributeValue, Span } from "../../traces/otlp.ts";
import type { TraceDetail } from "../../traces/store.ts";
import { duration } from "../format.ts";
import { Link } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import { KeyValues } from "../ui/key-values.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";

/** All that is known of one span, with the logs that were written in it. */
export function SpanDetail({ span, trace, colour, onClose }: { span: Span; trace: TraceDetail; colour: string | undefined; onClose(): void }) {
  const startMs = Date.parse(trace.startTime);
  const logs = trace.logs.filter((log) => log.spanId === span.spanId);
  return (
    <section className="card span-detail" aria-label={`Span ${span.name}`}>
      <div className="card-head">
        <h2>{span.name}</h2>
        <button type="button" className="icon-button" aria-label="Close the span's details" onClick={onClose}><Icon name="cross" /></button>
      </div>
      <div className="issue-facts">
        <span className="service-chip"><i style={{ background: colour }} />{span.service}</span>
        <span>{span.kind}</span>
        <strong>{duration(span.endMs - span.startMs)}</strong>
        <span>starts +{duration(span.startMs - startMs)}</span>
        {span.status !== "unset" && <LevelBadge level={span.status} label={span.statusMessage ?? span.status} />}
      </div>
      {span.events.map((event, index) => (
        <div className="span-event" key={index}>
          <h3>{event.name} <span className="muted">+{duration(event.timeMs - startMs)}</span></h3>
          <AttributeList attributes={event.attributes} />
        </div>
      ))}
      {logs.map((log, index) => (
        <div className="span-event" key={index}>
          <h3><LevelBadge level={toLevel(log.severity)} label={log.severity || "log"} /> {log.eventName ?? "log"} <span className="muted">+{duration(log.timeMs - startMs)}</span></h3>
          {log.body && <p className="pre-line">{log.body}</p>}
          <AttributeList attributes={log.attributes} />
        </div>
      ))}
      <h3>Attributes</h3>
      <AttributeList attributes={span.attributes} />
      {span.links.length > 0 && <><h3>Links</h3><p>{span.links.map((link) => <Link key={link.spanId} to={`/traces/${link.traceId}?span=${link.spanId}`}>{link.traceId.slice(0, 12)}…</Link>)}</p></>}
      <details>
        <summary>Resource and ids</summary>
        <KeyValues pairs={[["span id", <code key="s">{span.spanId}</code>], ["parent", span.parentSpanId && <code key="p">{span.parentSpanId}</code>], ["scope", span.scope]]} />
        <AttributeList attributes={span.resource} />
      </details>
    </section>
  );
}

function AttributeList({ attributes }: { attributes: Attributes }) {
  const pairs = Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b));
  if (pairs.length === 0) return <p className="muted">None</p>;
  return <KeyValues pairs={pairs.map(([key, value]) => [key, key.endsWith("stacktrace") ? <pre key={key} tabIndex={0} aria-label="Stack trace">{String(value)}</pre> : <span key={key} className="breakable">{show(value)}</span>])} />;
}

function show(value: AttributeValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
