import type { IssueDetail } from "../../sentry/issues.ts";
import { plural } from "../format.ts";
import { Link, useLocation } from "../router.tsx";
import { Icon } from "../ui/icon.tsx";
import { LevelBadge, toLevel } from "../ui/level.tsx";
import { Problem } from "../ui/notice.tsx";
import { rangeQuery } from "../ui/time-range.tsx";
import { Ago } from "../ui/time.tsx";
import { useJson } from "../use-json.ts";
import { EventDetail } from "./event-detail.tsx";

const REFRESH_MS = 5_000;

/** One fault: how often, since when, for whom, and an event of it in full. */
export function IssuePage({ id }: { id: string }) {
  const { query } = useLocation();
  const event = query.get("event");
  const { data: issue, error } = useJson<IssueDetail>(`/api/issues/${encodeURIComponent(id)}${event ? `?event=${encodeURIComponent(event)}` : ""}`, REFRESH_MS);
  return (
    <div className="page">
      <Link to={`/issues${rangeQuery(query)}`} className="back-link"><Icon name="back" />Issues</Link>
      {error && !issue && <h1>Issue</h1>}
      {error && <Problem>{error}</Problem>}
      {issue && (
        <>
          <header className="issue-head">
            <h1>{issue.type}</h1>
            <p className="issue-value">{issue.value.split("\n", 1)[0]}</p>
            <p className="issue-culprit">{issue.culprit}</p>
            <div className="issue-facts">
              <LevelBadge level={toLevel(issue.level)} label={issue.handled === false ? `${issue.level}, unhandled` : issue.level} />
              <span>{plural(issue.count, "event")}</span>
              <span>{plural(issue.users, "user")}</span>
              <span>first seen <Ago iso={issue.firstSeen} /></span>
              <span>last seen <Ago iso={issue.lastSeen} /></span>
            </div>
          </header>
          <div className="issue-columns">
            <EventDetail event={issue.latest} />
            <Events issue={issue} />
          </div>
        </>
      )}
    </div>
  );
}

function Events({ issue }: { issue: IssueDetail }) {
  return (
    <section className="card issue-events" aria-labelledby="events-heading">
      <div className="card-head"><h2 id="events-heading">Newest events</h2></div>
      <ul className="rows">
        {issue.events.map((event) => (
          <li key={event.id}>
            <Link to={`/issues/${issue.id}?event=${event.id}`} className="event-row" aria-current={event.id === issue.latest.id ? "true" : undefined}>
              <Ago iso={event.time} />
              <code>{event.id.slice(0, 8)}</code>
              {event.user && <span className="event-user">{event.user}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
