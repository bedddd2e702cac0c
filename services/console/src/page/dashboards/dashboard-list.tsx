import type { DashboardSummary } from "../../dashboards.ts";
import { Link } from "../router.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { useJson } from "../use-json.ts";

/** Every dashboard with the question it answers. */
export function DashboardList() {
  const { data, error } = useJson<DashboardSummary[]>("/api/dashboards");
  return (
    <div className="page">
      <h1>Dashboards</h1>
      {error && <Problem>{error}</Problem>}
      {data?.length === 0 && <Empty title="No dashboards"><p>Grafana's JSON files of the folder <code>DASHBOARDS_DIR</code> appear here; <code>npm run monitoring -- generate</code> writes the project's own.</p></Empty>}
      <ul className="dashboard-list">
        {data?.map(({ uid, title, description }) => (
          <li key={uid} className="card">
            <Link to={`/dashboards/${uid}`}><strong>{title}</strong><span className="muted">{description}</span></Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
