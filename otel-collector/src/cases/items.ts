import { KINDS, type Signal, STATUSES, TEMPORALITIES } from "./case.ts";
import { type Any, flat, jsonOf, type KeyValue } from "./otlp.ts";

/** A span, log record or data point as a sink got it, flat enough to compare and to print. */
export interface Item {
  signal: Signal;
  /** Span, event or metric name; a log record without an event name: its body. */
  name: string;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
  scopeAttributes: Record<string, unknown>;
  scope: string;
  kind?: string;
  status?: string;
  message?: string;
  events?: { name: string; attributes: Record<string, unknown> }[];
  body?: string;
  severity?: string;
  type?: string;
  temporality?: string;
  value?: number;
  count?: number;
}

// OTLP/JSON, as far as it is read here; see opentelemetry-proto.
interface Scope { name?: string; attributes?: KeyValue[] }
interface Point { attributes?: KeyValue[]; asDouble?: number; asInt?: string | number; sum?: number; count?: string | number }
interface Span { name?: string; kind?: number; attributes?: KeyValue[]; status?: { code?: number; message?: string }; events?: { name?: string; attributes?: KeyValue[] }[] }
interface LogRecord { eventName?: string; body?: Any; severityText?: string; severityNumber?: number; attributes?: KeyValue[] }
type Metric = { name?: string } & Record<string, { dataPoints?: Point[]; aggregationTemporality?: number } | undefined>;
interface Group<S> { resource?: { attributes?: KeyValue[] }; scopeSpans?: S[]; scopeLogs?: S[]; scopeMetrics?: S[] }
interface ScopeGroup { scope?: Scope; spans?: Span[]; logRecords?: LogRecord[]; metrics?: Metric[] }
interface Body { resourceSpans?: Group<ScopeGroup>[]; resourceLogs?: Group<ScopeGroup>[]; resourceMetrics?: Group<ScopeGroup>[] }

/** Every item of an OTLP/JSON body. */
export function itemsOf(body: unknown): Item[] {
  const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = body as Body;
  return [...resourceSpans, ...resourceLogs, ...resourceMetrics].flatMap((group) =>
    [...(group.scopeSpans ?? []), ...(group.scopeLogs ?? []), ...(group.scopeMetrics ?? [])].flatMap(({ scope, spans = [], logRecords = [], metrics = [] }) => {
      const around = { resource: flat(group.resource?.attributes), scope: scope?.name ?? "", scopeAttributes: flat(scope?.attributes) };
      return [
        ...spans.map((each): Item => ({ ...around, ...span(each) })),
        ...logRecords.map((each): Item => ({ ...around, ...logRecord(each) })),
        ...metrics.flatMap(points).map((each): Item => ({ ...around, ...each })),
      ];
    }),
  );
}

type Own = Omit<Item, "resource" | "scope" | "scopeAttributes">;

const span = ({ name = "", kind = 1, attributes, status, events = [] }: Span): Own => ({
  signal: "traces",
  name,
  attributes: flat(attributes),
  kind: KINDS[kind - 1] ?? "internal",
  status: STATUSES[status?.code ?? 0] ?? "unset",
  message: status?.message ?? "",
  events: events.map((event) => ({ name: event.name ?? "", attributes: flat(event.attributes) })),
});

function logRecord({ eventName, body, severityText = "", attributes }: LogRecord): Own {
  const text = body === undefined ? "" : asText(jsonOf(body));
  return { signal: "logs", name: eventName || text, attributes: flat(attributes), body: text, severity: severityText.toLowerCase() };
}

const TYPES = { gauge: "gauge", sum: "sum", histogram: "histogram", exponentialHistogram: "exponential_histogram", summary: "summary" };

function points(metric: Metric): Own[] {
  return Object.entries(TYPES).flatMap(([key, type]) =>
    (metric[key]?.dataPoints ?? []).map((point): Own => {
      const value = point.asDouble ?? point.sum ?? (point.asInt === undefined ? undefined : Number(point.asInt));
      return {
        signal: "metrics",
        name: metric.name ?? "",
        attributes: flat(point.attributes),
        type,
        temporality: TEMPORALITIES[metric[key]?.aggregationTemporality ?? 0] ?? "unset",
        ...(value === undefined ? {} : { value }),
        ...(point.count === undefined ? {} : { count: Number(point.count) }),
      };
    }),
  );
}

/** How a value is compared and printed. */
export const asText = (value: unknown): string => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

/** An item in one line. */
export function describe(item: Item): string {
  const kind = { traces: "span", logs: "log", metrics: "point" }[item.signal];
  const shown = Object.entries(item.attributes).slice(0, 6).map(([key, value]) => `${key}=${short(asText(value))}`);
  const more = Object.keys(item.attributes).length - shown.length;
  const value = item.value === undefined ? "" : ` ${item.value}`;
  return `${kind} "${short(item.name)}"${value}${shown.length > 0 ? ` {${shown.join(", ")}${more > 0 ? `, ${more} more` : ""}}` : ""}`;
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text).replaceAll("\n", "\\n");
