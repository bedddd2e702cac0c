import type { IssueSummary } from "../../sentry/issues.ts";
import { amount, plural } from "../format.ts";
import { Link, navigate, useLocation, withQuery } from "../router.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Empty, Problem } from "../ui/notice.tsx";
import { rangeQuery, TimeNote, timeRange } from "../ui/time-range.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";

const REFRESH_MS = 5_000;

/** Faults, each once, last seen first. */
export function IssueList() {
  const location = useLocation();
  const traceId = location.query.get("traceId") ?? undefined;
  const { data, error } = useJson<IssueSummary[]>(`/api/issues?limit=500${traceId ? `&traceId=${encodeURIComponent(traceId)}` : ""}`, REFRESH_MS);
  const words = location.query.get("q") ?? "";
  const range = timeRange(location.query);
  const inRange = data?.filter(({ firstSeen, lastSeen }) => range === undefined || (Date.parse(lastSeen) >= (range.from ?? 0) && Date.parse(firstSeen) <= (range.to ?? Infinity)));
  const shown = inRange?.filter((issue) => `${issue.title}\n${issue.culprit}\n${issue.releases.join(" ")}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <div className="page">
      <div className="page-head">
        <h1>Issues</h1>
        {data && <span className="count">{plural(data.length, "issue")}</span>}
        <input
          type="search" className="input" placeholder="Find words" aria-label="Find words in issues" value={words}
          onChange={(event) => navigate(withQuery(location, { q: event.target.value }), { replace: true })}
        />
      </div>
      {traceId && <p className="filter-note">Only issues of trace <code>{traceId.slice(0, 12)}…</code> <Link to="/issues">Show all</Link></p>}
      <TimeNote location={location} />
      {error && <Problem>{error}</Problem>}
      {data?.length === 0 && (
        <Empty icon="check" title={traceId ? "No issue belongs to this trace" : "No errors so far"}>
          {!traceId && <>Errors of the services and of the page are grouped here. To see one, run code that throws in the platform's page, or point any Sentry SDK at <code>http://local@localhost:3000/1</code>.</>}
        </Empty>
      )}
      {data && data.length > 0 && shown?.length === 0 && <Empty title="No issue matches">Change the words above, or the time.</Empty>}
      <ul className="issue-list card">{shown?.map((issue) => <IssueRow key={issue.id} issue={issue} range={rangeQuery(location.query)} />)}</ul>
    </div>
  );
}

function IssueRow({ issue, range }: { issue: IssueSummary; range: string }) {
  return (
    <li>
      <Link to={`/issues/${issue.id}${range}`} className="issue-row">
        <span className="issue-row-main">
          <span className="issue-row-title"><strong>{issue.type}</strong> {issue.value.split("\n", 1)[0]}</span>
          <span className="issue-row-culprit">{issue.culprit}</span>
          <span className="issue-row-meta">
            <LevelBadge level={toLevel(issue.level)} label={issue.handled === false ? `${issue.level}, unhandled` : issue.level} />
            <span>{issue.releases[0] ?? `project ${issue.project}`}</span>
            {issue.environments[0] && <span>{issue.environments[0]}</span>}
          </span>
        </span>
        <span className="issue-figure"><strong>{amount(issue.count)}</strong> {issue.count === 1 ? "event" : "events"}</span>
        <span className="issue-figure">{issue.users > 0 && <><strong>{amount(issue.users)}</strong> {issue.users === 1 ? "user" : "users"}</>}</span>
        <span className="issue-time"><Ago iso={issue.lastSeen} /></span>
      </Link>
    </li>
  );
}
