import { randomUUID } from "node:crypto";
import { HttpError } from "../http-error.ts";
import type { Inbox, Level } from "../inbox.ts";
import type { Stores } from "../stores.ts";
import { EnvelopeError, parseEnvelope, type EnvelopeItem } from "./envelope.ts";
import { eventTitle, culprit, type EventView } from "./event.ts";
import type { IssueSummary } from "./issues.ts";
import { increase, type ProjectCount } from "./project-counts.ts";

/** Sentry's own limit for one event. */
export const MAX_EVENT_BYTES = 2 ** 20;

/**
 * Takes an envelope in and returns its event id, undefined when it carries no event.
 * Throws {@link HttpError}: 400 no envelope, or an event that is no JSON object; 413 an event above Sentry's limit.
 */
export function takeEnvelope(project: string, body: Buffer, stores: Stores): string | undefined {
  const { header, items } = parse(body);
  const count = stores.counts.of(project);
  // Look at everything before anything is kept: a refused envelope leaves no half behind.
  const events = items.filter((item) => item.type === "event").map((item) => readItem(item));
  const given = header["event_id"] ?? events[0]?.["event_id"];
  const eventId = given === undefined ? undefined : readEventId(given);

  for (const event of events) {
    const id = eventId ?? readEventId(event["event_id"] ?? randomUUID());
    const { issue, view, fresh } = stores.issues.add(project, id, event);
    count.events += fresh ? 1 : 0;
    count.duplicates += fresh ? 0 : 1;
    if (fresh) announce(stores.inbox, issue, view, { ...event, event_id: id });
  }
  for (const item of items) countItem(count, item);
  return eventId;
}

function parse(body: Buffer) {
  try {
    return parseEnvelope(body);
  } catch (error) {
    throw error instanceof EnvelopeError ? new HttpError(400, `invalid envelope: ${error.message}`) : error;
  }
}

function readItem(item: EnvelopeItem): Record<string, unknown> {
  if (item.payload.length > MAX_EVENT_BYTES) throw new HttpError(413, `the event has ${item.payload.length} bytes; Sentry takes ${MAX_EVENT_BYTES}`);
  const event = readJson(item);
  if (event === undefined) throw new HttpError(400, "invalid envelope: the event's payload is not a JSON object");
  return event;
}

function readJson(item: EnvelopeItem): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(item.payload.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function readEventId(given: unknown): string {
  const id = String(given).replaceAll("-", "").toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(id)) throw new HttpError(400, `invalid envelope: event_id ${JSON.stringify(given)} is not 32 hex digits`);
  return id;
}

function countItem(count: ProjectCount, item: EnvelopeItem): void {
  const itemCount = typeof item.header["item_count"] === "number" ? item.header["item_count"] : 1;
  if (item.type === "event") return;
  if (item.type === "transaction") count.transactions += 1;
  else if (item.type === "span") count.spans += itemCount;
  else if (item.type === "log") count.logs += itemCount;
  else if (item.type === "session") countSession(count, readJson(item));
  else if (item.type === "sessions") countSessions(count, readJson(item));
  else if (item.type === "client_report") countDiscarded(count, readJson(item));
  else increase(count.other, item.type);
}

/** One state of a visit. Sentry calls one that goes on in spite of errors errored, though its status is `ok`. */
function countSession(count: ProjectCount, payload: Record<string, unknown> | undefined): void {
  const status = String(payload?.["status"] ?? "ok");
  increase(count.sessions, status === "ok" && Number(payload?.["errors"]) > 0 ? "errored" : status);
}

/** Minute buckets: `aggregates: [{started, exited, errored, crashed, abnormal}]`. */
function countSessions(count: ProjectCount, payload: Record<string, unknown> | undefined): void {
  for (const bucket of listOf(payload?.["aggregates"])) {
    for (const status of ["exited", "errored", "crashed", "abnormal"]) {
      if (typeof bucket[status] === "number") increase(count.sessions, status, bucket[status]);
    }
  }
}

function countDiscarded(count: ProjectCount, payload: Record<string, unknown> | undefined): void {
  for (const { reason, category, quantity } of listOf(payload?.["discarded_events"])) {
    if (typeof quantity === "number") increase(count.discarded, `${String(reason)}:${String(category)}`, quantity);
  }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}

const LEVELS: Record<string, Level> = { fatal: "critical", error: "error", warning: "warning", info: "info", debug: "info", log: "info" };

function announce(inbox: Inbox, issue: IssueSummary, event: EventView, raw: Record<string, unknown>): void {
  const facts = [culprit(event), event.release, event.environment, event.traceId && `trace ${event.traceId}`];
  inbox.add(
    {
      kind: "sentry",
      title: eventTitle(event),
      text: facts.filter(Boolean).join(" · "),
      level: LEVELS[event.level] ?? "error",
      to: `project ${issue.project}`,
      thread: issue.id,
      href: `/issues/${issue.id}`,
    },
    raw,
  );
}
