import type { Attributes, AttributeValue, Group } from "../otlp/model.ts";
import { isExceptionEvent, isExceptionLog } from "../otlp/objects.ts";

/** Something else that was recorded in an exception's trace: a span event or a log record of the same request. */
export interface TrailEntry {
  timeUnixNano: bigint;
  /** `span_event` or the instrumentation scope that logged. */
  category: string;
  /** OTel severity number; 0 for span events. */
  severityNumber: number;
  message: string;
  attributes: Attributes;
}

/** By trace id, oldest first. */
export type Trails = ReadonlyMap<string, TrailEntry[]>;

/** More of one trace than Sentry shows of one event; the youngest before each exception are what is sent. */
const MAX_PER_TRACE = 1000;

/** What the exceptions of a request can be explained by. Entries without a time cannot be put in order and are left out. */
export function collectTrails(groups: Group[]): Trails {
  const trails = new Map<string, TrailEntry[]>();
  const add = (traceId: string, entry: TrailEntry): void => {
    if (traceId === "" || entry.timeUnixNano === 0n) return;
    const trail = trails.get(traceId) ?? [];
    if (trail.length < MAX_PER_TRACE) trail.push(entry);
    trails.set(traceId, trail);
  };
  for (const { spans, logs, scopeName } of groups) {
    for (const { traceId, events } of spans) {
      for (const event of events) {
        const { name, timeUnixNano, attributes } = event;
        if (!isExceptionEvent(event)) add(traceId, { timeUnixNano, category: "span_event", severityNumber: 0, message: name, attributes });
      }
    }
    for (const log of logs) {
      if (isExceptionLog(log)) continue;
      const timeUnixNano = log.timeUnixNano || log.observedTimeUnixNano;
      add(log.traceId, { timeUnixNano, category: scopeName || "log", severityNumber: log.severityNumber, message: bodyText(log.body) || log.eventName, attributes: log.attributes });
    }
  }
  for (const trail of trails.values()) trail.sort((one, other) => Number(one.timeUnixNano - other.timeUnixNano));
  return trails;
}

function bodyText(body: AttributeValue): string {
  if (body === null) return "";
  return typeof body === "object" ? JSON.stringify(body) : String(body);
}
