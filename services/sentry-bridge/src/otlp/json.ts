import { checkJson, createAllowance } from "./limits.ts";
import { type CountPoint, histogramCounts } from "./metrics.ts";
import { EXCEPTION, EXCEPTION_PREFIX, type Group, MalformedError } from "./model.ts";
import { exceptionsAndTheirTraces, isServer, list, object, PAGE_LANGUAGE, toGroup, toLogRecord, toSpan, type Wire } from "./objects.ts";

/** OTLP/JSON traces -> as `decodeTraces()` of protobuf.ts. Throws MalformedError. */
export function decodeTracesJson(body: Buffer, all = false, served: readonly string[] = []): Group[] {
  const scopes = scopeGroups(parse(body), "resourceSpans", "scopeSpans", "spans");
  const traces = new Set<unknown>();
  for (const { records } of scopes) {
    for (const span of records) if (list(span["events"], "span.events").some((event) => mayBeException(event["name"], event))) traces.add(span["traceId"]);
  }
  const allowance = createAllowance();
  return scopes.flatMap(({ resource, scope, records }) => {
    const texts = list(resource["attributes"], "resource.attributes").map(({ value }) => String((value as Wire | undefined)?.["stringValue"]));
    const whole = all || texts.includes(PAGE_LANGUAGE);
    const entries = served.some((beginning) => texts.some((text) => text.startsWith(beginning)));
    const spans = records.filter((span) => whole || traces.has(span["traceId"]) || (entries && isServer(span))).map((span) => toSpan(span, allowance));
    return spans.length === 0 ? [] : [toGroup(resource, scope, spans, [])];
  });
}

/** OTLP/JSON logs -> the log records that are exceptions, and the others of their traces. Throws MalformedError. */
export function decodeLogsJson(body: Buffer): Group[] {
  const scopes = scopeGroups(parse(body), "resourceLogs", "scopeLogs", "logRecords");
  const traces = new Set(scopes.flatMap(({ records }) => records.filter((record) => mayBeException(record["eventName"], record)).map((record) => record["traceId"])));
  const allowance = createAllowance();
  const read = scopes.map(({ resource, scope, records }) => {
    const logs = records.filter((record) => traces.has(record["traceId"])).map((record) => toLogRecord(record, allowance));
    return { resource, scope, logs };
  });
  return exceptionsAndTheirTraces(read).map(({ resource, scope, logs }) => toGroup(resource, scope, [], logs));
}

/** OTLP/JSON metrics -> the counts of the histograms called `name`. Throws MalformedError. */
export function decodeCountsJson(body: Buffer, name: string): CountPoint[] {
  return histogramCounts(parse(body), name);
}

/** As in protobuf.ts. */
function mayBeException(name: unknown, { attributes }: Wire): boolean {
  return name === EXCEPTION || list(attributes, "attributes").some(({ key }) => typeof key === "string" && key.startsWith(EXCEPTION_PREFIX));
}

function parse(body: Buffer): Wire {
  checkJson(body);
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new MalformedError(`JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  return object(value, "request");
}

interface ScopeGroup {
  resource: Wire;
  scope: Wire;
  records: Wire[];
}

function scopeGroups(request: Wire, groups: string, scopes: string, records: string): ScopeGroup[] {
  return list(request[groups], groups).flatMap((group) => {
    const resource = object(group["resource"] ?? {}, `${groups}.resource`);
    return list(group[scopes], scopes).map((scope) => ({
      resource,
      scope: object(scope["scope"] ?? {}, `${scopes}.scope`),
      records: list(scope[records], records),
    }));
  });
}
