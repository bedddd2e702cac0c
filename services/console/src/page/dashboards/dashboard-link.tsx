import { Link } from "../router.tsx";

const AROUND_MS = 30 * 60_000;

/** The figures of a service half an hour around a moment: from one example back to how things were. */
export function FiguresLink({ iso, service }: { iso: string; service: string | undefined }) {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return null;
  const query = new URLSearchParams({ from: String(at - AROUND_MS), to: String(at + AROUND_MS), ...(service && { "var-service": service }) });
  return <Link to={`/dashboards/api-performance?${query}`}>Figures around it</Link>;
}
