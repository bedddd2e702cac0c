import { useEffect, useState } from "react";
import { askInstant, lastOf } from "../dashboards/series.ts";
import { withUnit } from "../dashboards/units.ts";
import { Link } from "../router.tsx";

const REFRESH_MS = 15_000;

type Objective = { name: string; target: number; attained: number | null; budgetLeft: number | null };

/** Each objective: what was attained, and what is left of its budget. Nothing while there are none, or Prometheus is away (the figures above say so). */
export function Objectives() {
  const objectives = useObjectives();
  if (objectives.length === 0) return null;
  return (
    <section className="card" aria-labelledby="objectives-heading">
      <div className="card-head"><h2 id="objectives-heading"><Link to="/dashboards/slo-dashboard">Objectives</Link></h2></div>
      <ul className="rows">{objectives.map((objective) => <Row key={objective.name} objective={objective} />)}</ul>
    </section>
  );
}

function Row({ objective: { name, target, attained, budgetLeft } }: { objective: Objective }) {
  const left = budgetLeft === null ? "no traffic yet" : budgetLeft < 0 ? "budget overspent" : `${withUnit(budgetLeft, "percentunit", 0)} of the budget left`;
  return (
    <li className="row objective-row">
      <div className="row-main">
        <div className="row-title">{name}</div>
        <div className="row-text">{attained === null ? "" : `${withUnit(attained, "percentunit", 2)} of `}{withUnit(target, "percentunit", 2)}</div>
      </div>
      <div className="row-side">
        <span className={budgetLeft !== null && budgetLeft < 0 ? "objective-missed" : ""}>{left}</span>
        <span className="objective-bar" aria-hidden="true"><i style={{ width: `${Math.min(100, Math.max(0, (budgetLeft ?? 0) * 100))}%` }} /></span>
      </div>
    </li>
  );
}

/** Over the window of each objective; a system younger than its first record shows the last hour. */
function useObjectives(): Objective[] {
  const [found, setFound] = useState<Objective[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const load = async () => {
      const now = Date.now() / 1000;
      const [targets, left] = await Promise.all([
        askInstant("slo:objective:ratio", now, abort.signal),
        askInstant("slo:error_budget_remaining:ratio or on (slo) (1 - slo:burn_rate:1h)", now, abort.signal),
      ]);
      setFound(targets.map((series) => {
        const target = lastOf(series) ?? 0;
        const own = left.find(({ labels }) => labels["slo"] === series.labels["slo"]);
        const budgetLeft = own ? lastOf(own) : null;
        return { name: series.labels["slo"] ?? "", target, budgetLeft, attained: budgetLeft === null ? null : 1 - (1 - budgetLeft) * (1 - target) };
      }).sort((a, b) => a.name.localeCompare(b.name)));
    };
    // While Prometheus is away the last answer stays.
    const again = () => void load().catch(() => undefined);
    again();
    const timer = setInterval(() => { if (!document.hidden) again(); }, REFRESH_MS);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, []);
  return found;
}
