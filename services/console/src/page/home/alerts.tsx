import type { Alert, AlertsState } from "../../state/alerts.ts";
import { plural } from "../format.ts";
import { Link } from "../router.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";

const REFRESH_MS = 5_000;

export function Alerts() {
  const { data, error } = useJson<AlertsState>("/api/alerts", REFRESH_MS);
  const problem = error ?? data?.problem;
  const firing = data?.alerts.filter((alert) => alert.state !== "suppressed") ?? [];
  // Watchdog always fires, so that its absence is noticed: it is no trouble.
  const troubles = firing.filter(({ severity }) => severity !== "none").length;
  const quiet = (data?.alerts.length ?? 0) - firing.length;
  return (
    <section className="card" aria-labelledby="alerts-heading">
      <div className="card-head">
        <h2 id="alerts-heading"><Link to="/alerts">Firing alerts</Link></h2>
        {data && !problem && <span className="count">{troubles === 0 ? "none" : troubles}</span>}
      </div>
      {problem && <Problem>{problem} No alert can be sent while it is away.</Problem>}
      {data && !problem && firing.length === 0 && <Empty icon="check" title="No alert is firing">Alerts appear here when a rule has held for its time.</Empty>}
      <ul className="rows">{firing.map((alert) => <AlertRow key={alert.fingerprint} alert={alert} />)}</ul>
      {quiet > 0 && <p className="card-note">{plural(quiet, "more alert")} silenced or inhibited</p>}
    </section>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  const runbook = alert.runbookUrl ?? `/runbooks/${encodeURIComponent(alert.name)}`;
  return (
    <li className="row alert-row">
      <LevelBadge level={toLevel(alert.severity)} label={alert.severity} />
      <div className="row-main">
        <div className="row-title">{alert.name}</div>
        <div className="row-text">{alert.summary || alert.description}</div>
      </div>
      <div className="row-side">
        <Ago iso={alert.startsAt} />
        {/^(https?:|\/)/.test(runbook) && <a href={runbook}>Runbook</a>}
      </div>
    </li>
  );
}
