/** A PagerDuty incident as this stand-in keeps it: one per dedup_key until it is resolved. Times are ISO 8601. */
export type Incident = {
  dedupKey: string;
  state: "triggered" | "acknowledged" | "resolved";
  summary: string;
  source: string;
  severity: string;
  openedAt: string;
  updatedAt: string;
  resolvedAt: string | undefined;
  /** Trigger events since it was opened: repeats notify nobody anew. */
  triggers: number;
};

export type PagerdutyEvent = { action: "trigger" | "acknowledge" | "resolve"; dedupKey: string; summary: string; source: string; severity: string };

export type Incidents = {
  /** Applies an event; undefined when there is no open incident to acknowledge or resolve, which PagerDuty accepts and ignores. */
  apply(event: PagerdutyEvent): Incident | undefined;
  /** Last updated first. */
  list(state?: "open" | "resolved"): Incident[];
};

const MAX_INCIDENTS = 500;

export function createIncidents(now: () => number = Date.now): Incidents {
  // In the order of updates: the first is the one to forget.
  const incidents = new Map<string, Incident>();
  return {
    apply(event) {
      const time = new Date(now()).toISOString();
      const known = incidents.get(event.dedupKey);
      const open = known && known.state !== "resolved" ? known : undefined;
      if (event.action !== "trigger" && !open) return undefined;
      const next = open ? advance(open, event, time) : opened(event, time);
      incidents.delete(event.dedupKey);
      incidents.set(event.dedupKey, next);
      if (incidents.size > MAX_INCIDENTS) incidents.delete(incidents.keys().next().value ?? "");
      return next;
    },
    list: (state) => [...incidents.values()].toReversed().filter((each) => state === undefined || (state === "resolved") === (each.state === "resolved")),
  };
}

function opened({ dedupKey, summary, source, severity }: PagerdutyEvent, time: string): Incident {
  return { dedupKey, summary, source, severity, state: "triggered", openedAt: time, updatedAt: time, resolvedAt: undefined, triggers: 1 };
}

function advance(incident: Incident, event: PagerdutyEvent, time: string): Incident {
  if (event.action === "trigger") return { ...incident, triggers: incident.triggers + 1, updatedAt: time };
  if (event.action === "acknowledge") return { ...incident, state: "acknowledged", updatedAt: time };
  return { ...incident, state: "resolved", updatedAt: time, resolvedAt: time };
}
