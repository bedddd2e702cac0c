import { Link, withQuery, type Location } from "../router.tsx";

/** A range as links from alerts state it: `from` and `to` in ms since 1970; without `to`, or with `now`, until now. */
export function timeRange(query: URLSearchParams): { from?: number; to?: number } | undefined {
  const given = (name: string): number | undefined => (/^\d{1,15}$/.test(query.get(name) ?? "") ? Number(query.get(name)) : undefined);
  const [from, to] = [given("from"), given("to")];
  return from === undefined && to === undefined ? undefined : { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** The range of an address for a link to another page that keeps it; empty without one. */
export function rangeQuery(query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => name === "from" || name === "to"));
  return kept.size > 0 ? `?${kept}` : "";
}

/** Says that only a range is shown, and leads out of it. */
export function TimeNote({ location }: { location: Location }) {
  const range = timeRange(location.query);
  if (range === undefined) return null;
  return (
    <p className="filter-note">
      Only {range.from !== undefined && <>from {time(range.from)} </>}{range.to === undefined ? "until now" : <>until {time(range.to)}</>}. <Link to={withQuery(location, { from: undefined, to: undefined })}>Show all</Link>
    </p>
  );
}

function time(ms: number): string {
  return new Date(ms).toLocaleString([], { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}
