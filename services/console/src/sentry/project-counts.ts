/** What has arrived for one Sentry project since the start; items of one envelope count one by one. */
export type ProjectCount = {
  project: string;
  events: number;
  duplicates: number;
  transactions: number;
  spans: number;
  logs: number;
  /** OTLP trace requests in protobuf: accepted and counted, not decoded. */
  undecodedTraceRequests: number;
  /** By session status: ok, exited, errored, crashed, abnormal. */
  sessions: Record<string, number>;
  /** By `reason:category`, as clients report what they had to throw away. */
  discarded: Record<string, number>;
  other: Record<string, number>;
};

export type ProjectCounts = { of(project: string): ProjectCount; all(): ProjectCount[] };

/** Projects and keys come from outside: beyond these bounds they share one entry. */
const MAX_PROJECTS = 50;
const MAX_KEYS = 50;

export function createProjectCounts(): ProjectCounts {
  const counts = new Map<string, ProjectCount>();
  return {
    of(project) {
      const name = counts.has(project) || counts.size < MAX_PROJECTS ? project : "(others)";
      const count = counts.get(name) ?? {
        project: name, events: 0, duplicates: 0, transactions: 0, spans: 0, logs: 0, undecodedTraceRequests: 0, sessions: {}, discarded: {}, other: {},
      };
      counts.set(name, count);
      return count;
    },
    all: () => [...counts.values()],
  };
}

/** Adds to `record[key]`, which may be new. */
export function increase(record: Record<string, number>, key: string, by = 1): void {
  const name = Object.hasOwn(record, key) || Object.keys(record).length < MAX_KEYS ? key : "(others)";
  record[name] = (record[name] ?? 0) + by;
}
