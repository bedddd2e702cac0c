import type { EnvelopeItem } from "../delivery/envelope.ts";
import { environment, platform, release, SDK } from "../event/event.ts";
import { scrubAttributes } from "../event/scrub.ts";
import { spanOperation, spanStatus } from "../event/span-context.ts";
import { type AttributeValue, ERROR, type Span } from "../otlp/model.ts";
import { describeSpan } from "./describe.ts";
import type { Segment } from "./segments.ts";

type Typed = { type: "string" | "boolean" | "integer" | "double"; value: string | number | boolean };

/** A span of Sentry's protocol, version 2 (develop.sentry.dev/sdk/telemetry/spans/span-protocol). Times are Unix seconds. */
export interface SpanV2 {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  name: string;
  status: "ok" | "error";
  is_segment: boolean;
  start_timestamp: number;
  end_timestamp: number;
  attributes: Record<string, Typed>;
}

const MAX_SPANS_PER_ITEM = 1_000;
/** Sentry's limit for an item is 1 MiB; there is room for the envelope's own lines. */
const MAX_ITEM_BYTES = 1_000_000;
const MAX_TEXT_LENGTH = 4_096;
/** What says where a span ran; the rest of a resource is the same for a process and would be repeated with every span. */
const RESOURCE_KEYS = /^(?:service\.|deployment\.|host\.name$|k8s\.(?:namespace|pod|deployment|cluster)\.name$|cloud\.region$|telemetry\.sdk\.language$)/;

/** All spans of a segment, with what Sentry wants to be on each of them: release, environment, segment, operation. */
export function spansV2({ root, children, whole }: Segment): SpanV2[] {
  const segment = describeSpan(root.span);
  const shared: Record<string, Typed> = {
    ...prefixed("resource.", typed(scrubAttributes(new Map([...root.resource].filter(([key]) => RESOURCE_KEYS.test(key))), MAX_TEXT_LENGTH))),
    ...typed({
      "sentry.release": release(root.resource),
      "sentry.environment": environment(root.resource),
      "sentry.platform": platform(root.resource),
      "sentry.sdk.name": SDK.name,
      "sentry.sdk.version": SDK.version,
      "sentry.segment.id": whole ? root.span.spanId : "",
      "sentry.segment.name": whole ? segment.text : "",
    }),
  };
  return [root.span, ...children].map((span) => spanV2(span, shared, whole && span === root.span));
}

function spanV2(span: Span, shared: Record<string, Typed>, isSegment: boolean): SpanV2 {
  const { text, source } = describeSpan(span);
  const own = typed({
    "sentry.op": spanOperation(span),
    "sentry.description": text,
    "sentry.span.source": isSegment ? source : "",
    "sentry.origin": "auto.otel",
    "sentry.status.message": span.statusCode === ERROR ? spanStatus(span) : "",
  });
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    ...(span.parentSpanId && { parent_span_id: span.parentSpanId }),
    name: isSegment ? text : span.name || text,
    status: span.statusCode === ERROR || spanStatus(span) !== "ok" ? "error" : "ok",
    is_segment: isSegment,
    ...times(span),
    // The sender's word comes last: `sentry.release` and its like can be set on the span.
    attributes: { ...shared, ...own, ...typed(scrubAttributes(span.attributes, MAX_TEXT_LENGTH)) },
  };
}

/** Unix seconds; a span without times, or that ends before it starts, has none in Sentry either. */
export function times({ startTimeUnixNano, endTimeUnixNano }: Span): { start_timestamp: number; end_timestamp: number } {
  const end = endTimeUnixNano > startTimeUnixNano ? endTimeUnixNano : startTimeUnixNano;
  return { start_timestamp: seconds(startTimeUnixNano), end_timestamp: seconds(end) };
}

function seconds(nanos: bigint): number {
  return Number(nanos / 1000n) / 1e6;
}

/** What is empty is left out; lists and maps are JSON text, as Sentry's own OTLP endpoint has them. */
function typed(attributes: Record<string, AttributeValue>): Record<string, Typed> {
  const result: Record<string, Typed> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === "") continue;
    if (typeof value === "number") result[key] = { type: Number.isInteger(value) ? "integer" : "double", value };
    else if (typeof value === "object") result[key] = { type: "string", value: JSON.stringify(value).slice(0, MAX_TEXT_LENGTH) };
    else result[key] = { type: typeof value === "boolean" ? "boolean" : "string", value };
  }
  return result;
}

function prefixed(prefix: string, attributes: Record<string, Typed>): Record<string, Typed> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [prefix + key, value]));
}

/** Items of one trace each, of 1 to 1000 spans and below 1 MiB. A span that is too large by itself loses its attributes. */
export function spanItems(spans: SpanV2[]): { item: EnvelopeItem; spans: SpanV2[] }[] {
  const items: { item: EnvelopeItem; spans: SpanV2[] }[] = [];
  let texts: string[] = [];
  let held: SpanV2[] = [];
  let size = 0;
  const close = (): void => {
    if (held.length === 0) return;
    const payload = Buffer.from(`{"items":[${texts.join(",")}]}`);
    items.push({ item: { type: "span", payload, itemCount: held.length, contentType: "application/vnd.sentry.items.span.v2+json" }, spans: held });
    [texts, held, size] = [[], [], 0];
  };
  for (const span of spans) {
    const whole = JSON.stringify(span);
    const text = Buffer.byteLength(whole) <= MAX_ITEM_BYTES - 100 ? whole : JSON.stringify({ ...span, attributes: essential(span.attributes) });
    const bytes = Buffer.byteLength(text) + 1;
    if (held.length === MAX_SPANS_PER_ITEM || size + bytes > MAX_ITEM_BYTES - 100) close();
    texts.push(text);
    held.push(span);
    size += bytes;
  }
  close();
  return items;
}

function essential(attributes: Record<string, Typed>): Record<string, Typed> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => /^(?:sentry\.|resource\.service\.)/.test(key)));
}
