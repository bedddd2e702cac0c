import type { Signal } from "../cases/case.ts";
import { flat, type KeyValue } from "../cases/otlp.ts";

/** A span, log record or data point with everything that OTLP says of it, as text by path: `attributes.http.route`, `resource.service.name`, `events[0].name`. */
export interface OtlpRecord {
  signal: Signal;
  /** Name for people: span, event or metric name; a log record without an event name: its body. */
  name: string;
  /** What it is known by when its contents have changed; not always unique. */
  id: string;
  fields: ReadonlyMap<string, string>;
}

type Json = Record<string, unknown>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const map = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

/** Every record of an OTLP/JSON body. */
export function recordsOf(body: unknown): OtlpRecord[] {
  const { resourceSpans, resourceLogs, resourceMetrics } = map(body);
  return [...list(resourceSpans), ...list(resourceLogs), ...list(resourceMetrics)].flatMap((group) =>
    [...list(group["scopeSpans"]), ...list(group["scopeLogs"]), ...list(group["scopeMetrics"])].flatMap((scoped) => {
      const { scope } = scoped;
      const around = [...fieldsOf(map(group["resource"]), "resource"), ...fieldsOf(map(scope), "scope")];
      const record = (signal: Signal, name: unknown, id: string, own: Json): OtlpRecord => ({ signal, name: String(name ?? ""), id, fields: new Map([...around, ...fieldsOf(own, "")]) });
      return [
        ...list(scoped["spans"]).map((each) => record("traces", each["name"], `${String(each["traceId"])}:${String(each["spanId"])}`, each)),
        ...list(scoped["logRecords"]).map((each) => record("logs", each["eventName"] || text(each["body"]), String(each["timeUnixNano"] ?? each["observedTimeUnixNano"]), each)),
        ...list(scoped["metrics"]).flatMap((metric) => points(metric).map((own) => record("metrics", metric["name"], `${String(metric["name"])} ${String(own["timeUnixNano"])}`, own))),
      ];
    }),
  );
}

/** A data point together with what its metric says. */
function points(metric: Json): Json[] {
  const type = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"].find((each) => each in metric);
  if (type === undefined) return [];
  const { [type]: data, ...about } = metric;
  const { dataPoints, ...settings } = map(data);
  return list(dataPoints).map((point) => ({ ...about, type, ...settings, ...point }));
}

function fieldsOf(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each === "object" && each !== null && "key" in each)) return Object.entries(flat(value as KeyValue[])).map(([key, each]) => [`${path}.${key}`.replace("resource.attributes.", "resource."), asText(each)]);
    if (value.some((each) => typeof each === "object" && each !== null)) return value.flatMap((each, index) => fieldsOf(each, `${path}[${index}]`));
    return [[path, JSON.stringify(value)]];
  }
  if (typeof value !== "object" || value === null) return [[path, String(value)]];
  // A body: AnyValue.
  if (/(^|\.)body$/.test(path)) return Object.keys(value).length === 0 ? [] : [[path, text(value)]];
  return Object.entries(value).flatMap(([key, each]) => fieldsOf(each, path === "" ? key : `${path}.${key}`));
}

const asText = (value: unknown): string => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

const text = (any: unknown): string => (any === undefined ? "" : asText(flat([{ key: "value", value: map(any) }])["value"]));
