import type { TraceSummary } from "../../traces/store.ts";
import { duration, plural } from "../format.ts";
import { Link, navigate, useLocation, withQuery, type Location } from "../router.tsx";
import { LevelBadge } from "../ui/level.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { TimeNote, timeRange } from "../ui/time-range.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";
import { serviceColours } from "./service-colour.ts";
import { searchQuery, searchWords, traceFilters } from "./trace-search.ts";

const REFRESH_MS = 5_000;

/** The newest traces, to be searched by service, words, duration and error. */
export function TraceList() {
  const location = useLocation();
  const range = timeRange(location.query);
  const search = traceFilters(location.query);
  for (const [name, value] of Object.entries(range ?? {})) search.set(name, String(value));
  const filtered = search.size > 0;
  const { data, error } = useJson<TraceSummary[]>(`/api/traces?${search}&limit=100`, REFRESH_MS);
  const { data: services } = useJson<string[]>("/api/services", REFRESH_MS);
  const colours = serviceColours(services ?? []);
  const longest = Math.max(1, ...(data ?? []).map((trace) => trace.durationMs));
  return (
    <div className="page">
      <div className="page-head"><h1>Traces</h1>{data && <span className="count">{data.length === 100 ? "newest 100" : plural(data.length, "trace")}</span>}</div>
      <Filters location={location} services={services ?? []} />
      <TimeNote location={location} />
      {error && <Problem>{error}</Problem>}
      {data?.length === 0 && (filtered ? (
        <Empty title="No trace matches">
          <p>Looked for {searchWords(location.query)}{range && <>, in the time above</>}.</p>
          <p>Traces come some seconds after the figures that alerts are made of; this page looks again by itself. Otherwise take a filter away.</p>
        </Empty>
      ) : (
        <Empty icon="trace" title="No traces yet">
          <p>Use the platform's page, or start any service with <code>NODE_OPTIONS="--import @helloagents/telemetry-node/register"</code>. Its requests appear here within seconds.</p>
        </Empty>
      ))}
      <ul className="trace-list card">{data?.map((trace) => <TraceRow key={trace.traceId} trace={trace} search={searchQuery(location.query)} longest={longest} colours={colours} />)}</ul>
    </div>
  );
}

const DURATIONS = [["", "any duration"], ["50", "over 50 ms"], ["200", "over 200 ms"], ["500", "over 500 ms"], ["2000", "over 2 s"]] as const;

function Filters({ location, services }: { location: Location; services: string[] }) {
  const set = (name: string, value: string, replace = false) => navigate(withQuery(location, { [name]: value }), { replace });
  const chosen = location.query.get("service") ?? "";
  return (
    <div className="trace-filters" role="search">
      <select className="input" aria-label="Service" value={chosen} onChange={(event) => set("service", event.target.value)}>
        <option value="">all services</option>
        {[...new Set(chosen ? [...services, chosen] : services)].map((service) => <option key={service} value={service}>{service}</option>)}
      </select>
      <select className="input" aria-label="Shortest duration" value={location.query.get("minDurationMs") ?? ""} onChange={(event) => set("minDurationMs", event.target.value)}>
        {DURATIONS.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
      <label className="check"><input type="checkbox" checked={location.query.get("error") === "true"} onChange={(event) => set("error", event.target.checked ? "true" : "")} />only with errors</label>
      <input type="search" className="input" placeholder="Route or name" aria-label="Find words in the names of spans" value={location.query.get("q") ?? ""} onChange={(event) => set("q", event.target.value, true)} />
    </div>
  );
}

function TraceRow({ trace, search, longest, colours }: { trace: TraceSummary; search: string; longest: number; colours: Map<string, string> }) {
  return (
    <li>
      <Link to={`/traces/${trace.traceId}${search}`} className="trace-row">
        <span className="trace-row-main">
          <span className="trace-row-title">
            <span className="trace-row-name">{trace.rootName}</span>
            {trace.errorCount > 0 && <LevelBadge level="error" label={plural(trace.errorCount, "error")} />}
          </span>
          <span className="trace-services">
            {trace.services.map((service) => (
              <span key={service.name} className="service-chip"><i style={{ background: colours.get(service.name) }} />{service.name} <span className="muted">{service.spans}</span></span>
            ))}
          </span>
        </span>
        <span className="trace-row-duration">
          <strong>{duration(trace.durationMs)}</strong>
          <span className="duration-bar"><i style={{ width: `${Math.max(1, (trace.durationMs / longest) * 100)}%` }} /></span>
        </span>
        <span className="trace-row-time"><Ago iso={trace.startTime} /></span>
      </Link>
    </li>
  );
}
