import { culprit, eventTitle, readEvent, type EventView } from "./event.ts";
import { issueId } from "./grouping.ts";

/** One line of the list of issues. Times are arrivals, ISO 8601. `users` counts different ones, up to a bound. */
export type IssueSummary = {
  id: string;
  project: string;
  title: string;
  type: string;
  value: string;
  culprit: string;
  level: string;
  platform: string | undefined;
  handled: boolean | undefined;
  count: number;
  users: number;
  firstSeen: string;
  lastSeen: string;
  releases: string[];
  environments: string[];
  traceIds: string[];
};

/** `latest` is the newest event, `events` the newest ones kept, newest first. */
export type IssueDetail = IssueSummary & {
  latest: EventView;
  events: { id: string; time: string; traceId: string | undefined; release: string | undefined; user: string | undefined }[];
};

export type IssueQuery = { project?: string | undefined; traceId?: string | undefined; text?: string | undefined; limit?: number | undefined };

export type Issues = {
  /** Files an event under its issue; a second one with the same id changes nothing (`fresh` is false). */
  add(project: string, eventId: string, event: Record<string, unknown>): { issue: IssueSummary; view: EventView; fresh: boolean };
  /** Last seen first. */
  list(query: IssueQuery): IssueSummary[];
  get(id: string, eventId?: string): IssueDetail | undefined;
  count(): number;
};

export const MAX_ISSUES = 500;
const MAX_EVENTS_PER_ISSUE = 10;
const MAX_EVENT_BYTES = 16 * 2 ** 20;
const MAX_TRACES_PER_ISSUE = 50;
const MAX_USERS_PER_ISSUE = 1_000;
const MAX_LABELS = 20;
const MAX_KNOWN_EVENT_IDS = 50_000;

type KeptEvent = { id: string; time: string; traceId: string | undefined; release: string | undefined; user: string | undefined; json: Buffer };
type Issue = { facts: Omit<IssueSummary, "users">; users: Set<string>; events: KeptEvent[] };

export function createIssues(now: () => number = Date.now): Issues {
  // Both in the order of last use: the first key is the one to forget.
  const issues = new Map<string, Issue>();
  const known = new Map<string, string>();
  let bytes = 0;

  const makeRoom = () => {
    // The newest event of an issue stays while the issue does, so whole issues go when nothing else is left.
    for (const issue of issues.values()) {
      if (bytes <= MAX_EVENT_BYTES) break;
      bytes -= weight(issue.events.splice(0, issue.events.length - 1));
    }
    for (const [id, issue] of issues) {
      if (issues.size <= MAX_ISSUES && (bytes <= MAX_EVENT_BYTES || issues.size === 1)) break;
      bytes -= weight(issue.events);
      issues.delete(id);
    }
  };

  return {
    add(project, eventId, event) {
      const view = readEvent({ ...event, event_id: eventId });
      const id = issueId(project, view);
      const key = `${project}/${eventId}`;
      const seen = issues.get(known.get(key) ?? "");
      if (seen) return { issue: summary(seen), view, fresh: false };
      known.set(key, id);
      if (known.size > MAX_KNOWN_EVENT_IDS) known.delete(known.keys().next().value ?? "");

      const time = new Date(now()).toISOString();
      const issue = issues.get(id) ?? newIssue(id, project, time);
      update(issue, view, time);
      const json = Buffer.from(JSON.stringify({ ...event, event_id: eventId }));
      issue.events.push({ id: eventId, time, traceId: view.traceId, release: view.release, user: userOf(view), json });
      bytes += json.length;
      if (issue.events.length > MAX_EVENTS_PER_ISSUE) bytes -= weight(issue.events.splice(0, 1));
      issues.delete(id);
      issues.set(id, issue);
      makeRoom();
      return { issue: summary(issue), view, fresh: true };
    },
    list({ project, traceId, text, limit = 200 }) {
      const words = text?.toLowerCase();
      return [...issues.values()]
        .toReversed()
        .filter(({ facts }) => project === undefined || facts.project === project)
        .filter(({ facts }) => traceId === undefined || facts.traceIds.includes(traceId))
        .filter(({ facts }) => words === undefined || `${facts.title}\n${facts.culprit}`.toLowerCase().includes(words))
        .slice(0, limit)
        .map(summary);
    },
    get(id, eventId) {
      const issue = issues.get(id);
      const event = eventId === undefined ? issue?.events.at(-1) : issue?.events.find((each) => each.id === eventId);
      if (!issue || !event) return undefined;
      return { ...summary(issue), latest: readEvent(JSON.parse(event.json.toString())), events: issue.events.toReversed().map(({ id, time, traceId, release, user }) => ({ id, time, traceId, release, user })) };
    },
    count: () => issues.size,
  };
}

function newIssue(id: string, project: string, time: string): Issue {
  const facts = {
    id, project, title: "", type: "", value: "", culprit: "", level: "error", platform: undefined, handled: undefined,
    count: 0, firstSeen: time, lastSeen: time, releases: [], environments: [], traceIds: [],
  };
  return { facts, users: new Set(), events: [] };
}

function update({ facts, users }: Issue, event: EventView, time: string): void {
  const last = event.exceptions.at(-1);
  facts.title = eventTitle(event);
  facts.type = last?.type ?? "message";
  facts.value = last?.value ?? event.message ?? "";
  facts.culprit = culprit(event);
  facts.level = event.level;
  facts.platform = event.platform;
  facts.handled = last?.handled;
  facts.count += 1;
  facts.lastSeen = time;
  facts.releases = newestFirst(facts.releases, event.release, MAX_LABELS);
  facts.environments = newestFirst(facts.environments, event.environment, MAX_LABELS);
  facts.traceIds = newestFirst(facts.traceIds, event.traceId, MAX_TRACES_PER_ISSUE);
  const user = userOf(event);
  if (user !== undefined && users.size < MAX_USERS_PER_ISSUE) users.add(user);
}

function summary({ facts, users }: Issue): IssueSummary {
  return { ...facts, users: users.size };
}

function weight(events: KeptEvent[]): number {
  return events.reduce((sum, event) => sum + event.json.length, 0);
}

function userOf(event: EventView): string | undefined {
  return event.user["id"] ?? event.user["email"] ?? event.user["username"] ?? event.user["ip_address"];
}

function newestFirst(list: string[], value: string | undefined, max: number): string[] {
  return value === undefined ? list : [value, ...list.filter((each) => each !== value)].slice(0, max);
}
