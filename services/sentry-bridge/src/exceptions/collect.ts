import { evenMasks } from "../mask.ts";
import { type Attributes, type AttributeValue, type Group, isEntry, type Span } from "../otlp/model.ts";
import { isExceptionEvent, isExceptionLog } from "../otlp/objects.ts";
import { inOrder, MAX_ANCESTORS } from "./order.ts";
import { findWrapped } from "./wrapped.ts";
import { collectTrails, type TrailEntry, type Trails } from "./trail.ts";

/** One exception as OpenTelemetry recorded it, with what surrounds it. */
export interface RecordedException {
  source: "span_event" | "log";
  type: string;
  message: string;
  stacktrace: string;
  /** Unix nanoseconds; 0n when the sender gave none. */
  timeUnixNano: bigint;
  /** OTel severity number; 0 when unknown, as for every span event. */
  severityNumber: number;
  /** `false` when the record says that it was not caught. */
  handled: boolean;
  traceId: string;
  spanId: string;
  /** How often it happened: pages fold equal ones into one record. */
  repeats: number;
  /** Attributes of the record, without the three that describe the exception. */
  attributes: Attributes;
  /** The span it was recorded on and the topmost span of this service above it, where the same request carried them. */
  span: Span | undefined;
  root: Span | undefined;
  resource: Attributes;
  scopeName: string;
  /** What else the request says about its trace, oldest first; shared by the trace's exceptions. */
  trail: readonly TrailEntry[];
  /** Its cause, where the text cannot name it. */
  wrapped?: RecordedException;
}

const SEVERITY_FATAL = 21;

/** All exceptions of a request, in the order in which they are to be decided on. */
export function collectExceptions(groups: Group[]): RecordedException[] {
  const spans = new Map<string, Span>();
  for (const group of groups) for (const span of group.spans) spans.set(span.traceId + span.spanId, span);
  const trails = collectTrails(groups);
  const found: RecordedException[] = groups.flatMap((group) => [...group.spans.flatMap((span) => fromSpan(span, group, spans, trails)), ...fromLogs(group, trails)]);
  findWrapped(found, spans);
  return inOrder(found, spans);
}

function fromSpan(span: Span, group: Group, spans: Map<string, Span>, trails: Trails): RecordedException[] {
  return span.events.filter(isExceptionEvent).map((event) => {
    const { type, message, stacktrace, rest } = split(event.attributes);
    return {
      source: "span_event" as const,
      type,
      message,
      stacktrace,
      timeUnixNano: event.timeUnixNano,
      severityNumber: 0,
      handled: event.attributes.get("exception.escaped") !== true,
      traceId: span.traceId,
      spanId: span.spanId,
      repeats: repeatsOf(rest),
      attributes: rest,
      span,
      root: localRoot(span, spans),
      resource: group.resource,
      scopeName: group.scopeName,
      trail: trails.get(span.traceId) ?? [],
    };
  });
}

function fromLogs(group: Group, trails: Trails): RecordedException[] {
  return group.logs.filter(isExceptionLog).map((log) => {
    const { type, message, stacktrace, rest } = split(log.attributes);
    return {
      source: "log" as const,
      type,
      message: message === "" && type === "" && typeof log.body === "string" ? text(log.body) : message,
      stacktrace,
      timeUnixNano: log.timeUnixNano || log.observedTimeUnixNano,
      severityNumber: log.severityNumber,
      handled: log.severityNumber < SEVERITY_FATAL && log.attributes.get("exception.escaped") !== true,
      traceId: log.traceId,
      spanId: log.spanId,
      repeats: repeatsOf(rest),
      attributes: rest,
      span: undefined,
      root: undefined,
      resource: group.resource,
      scopeName: group.scopeName,
      trail: trails.get(log.traceId) ?? [],
    };
  });
}

/** Attribute of a record that stands for several (services/telemetry-web). */
const COUNT = "helloagents.exception.count";
const MAX_REPEATS = 1_000_000;

function repeatsOf(attributes: Attributes): number {
  const count = Number(attributes.get(COUNT) ?? 1);
  return Number.isInteger(count) && count > 0 ? Math.min(count, MAX_REPEATS) : 1;
}

function split(attributes: Attributes): { type: string; message: string; stacktrace: string; rest: Attributes } {
  const rest: Attributes = new Map(attributes);
  const take = (key: string): string => {
    const value = rest.get(key);
    rest.delete(key);
    return text(value);
  };
  return { type: take("exception.type"), message: take("exception.message"), stacktrace: take("exception.stacktrace"), rest };
}

function text(value: AttributeValue | undefined): string {
  if (value === undefined || value === null) return "";
  return evenMasks(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Climbs to the span that the service was entered by: a SERVER or CONSUMER span, or the topmost one that is here. */
function localRoot(span: Span, spans: Map<string, Span>): Span {
  let at = span;
  for (let i = 0; i < MAX_ANCESTORS && !isEntry(at); i++) {
    const parent = spans.get(at.traceId + at.parentSpanId);
    if (!parent) break;
    at = parent;
  }
  return at;
}
