import { createHash } from "node:crypto";
import { environment, platform, release, SDK } from "../event/event.ts";
import { scrubAttributes } from "../event/scrub.ts";
import { spanOperation, spanStatus } from "../event/span-context.ts";
import type { Attributes, AttributeValue, Span } from "../otlp/model.ts";
import { describeSpan } from "./describe.ts";
import type { Segment } from "./segments.ts";
import { times } from "./span-item.ts";

interface TransactionSpan {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  start_timestamp: number;
  timestamp: number;
  op: string;
  description: string;
  status: string;
  origin: string;
  data?: Record<string, AttributeValue>;
}

/** Sentry's older form of a trace's part: one event with the spans in it (develop.sentry.dev, transaction payloads). */
export interface Transaction {
  type: "transaction";
  event_id: string;
  transaction: string;
  transaction_info: { source: string };
  start_timestamp: number;
  timestamp: number;
  platform: string;
  release?: string;
  environment?: string;
  contexts: { trace: Record<string, unknown>; otel: { resource: Record<string, AttributeValue> } };
  spans: TransactionSpan[];
  sdk: { name: string; version: string };
}

/** What Sentry makes of no name. */
const UNNAMED = "<unlabeled transaction>";
/** As Sentry's SDKs cut it. */
const MAX_SPANS = 1_000;
const MAX_TEXT_LENGTH = 4_096;
const MAX_BYTES = 1_000_000;

/**
 * The transaction of a segment. Spans beyond 1000 are cut, those that began last first.
 * @param project takes part in the event id, which is the same whenever the same root comes again
 */
export function buildTransaction({ root, children }: Segment, project: string): { transaction: Transaction; cut: number } {
  const { span, resource } = root;
  const { text, source } = describeSpan(span);
  const { start_timestamp, end_timestamp } = times(span);
  const kept = [...children].sort((one, other) => (one.startTimeUnixNano < other.startTimeUnixNano ? -1 : 1)).slice(0, MAX_SPANS);
  const transaction: Transaction = {
    type: "transaction",
    event_id: createHash("sha256").update(`transaction ${project} ${span.traceId} ${span.spanId}`).digest("hex").slice(0, 32),
    transaction: text.slice(0, 200) || UNNAMED,
    transaction_info: { source },
    start_timestamp,
    timestamp: end_timestamp,
    platform: platform(resource),
    ...named("release", release(resource)),
    ...named("environment", environment(resource)),
    contexts: {
      trace: {
        trace_id: span.traceId,
        span_id: span.spanId,
        ...named("parent_span_id", span.parentSpanId),
        op: spanOperation(span),
        status: spanStatus(span),
        origin: "auto.otel",
        data: data(span.attributes),
      },
      otel: { resource: data(resource) },
    },
    spans: kept.map(transactionSpan),
    sdk: SDK,
  };
  return { transaction, cut: children.length - kept.length };
}

function transactionSpan(span: Span): TransactionSpan {
  const { start_timestamp, end_timestamp } = times(span);
  return {
    trace_id: span.traceId,
    span_id: span.spanId,
    ...named("parent_span_id", span.parentSpanId),
    start_timestamp,
    timestamp: end_timestamp,
    op: spanOperation(span),
    description: describeSpan(span).text,
    status: spanStatus(span),
    origin: "auto.otel",
    data: data(span.attributes),
  };
}

/** Makes it fit: attributes of spans go first, then spans from the end. */
export function serializeTransaction(transaction: Transaction): { payload: Buffer; cut: number } {
  const bare = { ...transaction, spans: transaction.spans.map(withoutData) };
  for (const step of [transaction, bare]) {
    const payload = Buffer.from(JSON.stringify(step));
    if (payload.length <= MAX_BYTES) return { payload, cut: 0 };
  }
  for (let count = bare.spans.length >> 1; ; count >>= 1) {
    const payload = Buffer.from(JSON.stringify({ ...bare, spans: bare.spans.slice(0, count) }));
    if (payload.length <= MAX_BYTES || count === 0) return { payload, cut: bare.spans.length - count };
  }
}

function withoutData(span: TransactionSpan): TransactionSpan {
  const rest = { ...span };
  delete rest.data;
  return rest;
}

function data(attributes: Attributes): Record<string, AttributeValue> {
  return scrubAttributes(attributes, MAX_TEXT_LENGTH);
}

function named<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === "" ? {} : ({ [key]: value } as Record<K, string>);
}
