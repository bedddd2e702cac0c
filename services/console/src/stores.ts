import { createInbox, type Inbox } from "./inbox.ts";
import { createIncidents, type Incidents } from "./receivers/incidents.ts";
import { createIssues, type Issues } from "./sentry/issues.ts";
import { createProjectCounts, type ProjectCounts } from "./sentry/project-counts.ts";
import { createTraces, type Traces } from "./traces/store.ts";

/** All that the console remembers. In memory, each store with its own bounds; gone after a restart. */
export type Stores = { inbox: Inbox; issues: Issues; incidents: Incidents; traces: Traces; counts: ProjectCounts };

export function createStores(): Stores {
  return { inbox: createInbox(), issues: createIssues(), incidents: createIncidents(), traces: createTraces(), counts: createProjectCounts() };
}
