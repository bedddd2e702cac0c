import type { Context, HrTime, Span as ApiSpan } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { WebTracerProvider, type ReadableSpan, type SpanProcessor } from "@opentelemetry/sdk-trace-web";
import { maskText } from "./mask.ts";
import { keyValues, type Attributes } from "./otlp.ts";

/**
 * The tracer provider, also registered with the OpenTelemetry API so that spans of the application join.
 * @param shared attributes of every span (session, user), read when it starts
 * @param add queues a finished span (JSON text)
 */
export function createTracerProvider(shared: () => Attributes, add: (span: string) => void): WebTracerProvider {
  const processor: SpanProcessor = {
    onStart(span: ApiSpan, _parent: Context) {
      for (const [key, value] of Object.entries(shared())) if (value !== undefined) span.setAttribute(key, String(value));
    },
    onEnd(span) {
      add(JSON.stringify(otlpSpan(span)));
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const provider = new WebTracerProvider({
    // The resource that is sent stands in the envelope; the SDK's own would only repeat it.
    resource: resourceFromAttributes({}),
    spanProcessors: [processor],
    spanLimits: { attributeCountLimit: 64, eventCountLimit: 32, linkCountLimit: 16, attributeValueLengthLimit: 8_192 },
  });
  provider.register();
  return provider;
}

/** A finished span in OTLP's JSON form (opentelemetry-proto, trace.proto `Span`): ids in hex, enums as numbers, times as decimal text. */
export function otlpSpan(span: ReadableSpan): object {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    flags: traceFlags,
    name: span.name,
    kind: span.kind + 1,
    startTimeUnixNano: hrNanos(span.startTime),
    endTimeUnixNano: hrNanos(span.endTime),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount || undefined,
    events: span.events.map((event) => ({ name: event.name, timeUnixNano: hrNanos(event.time), attributes: keyValues(event.attributes ?? {}) })),
    links: span.links.map((link) => ({ traceId: link.context.traceId, spanId: link.context.spanId, attributes: keyValues(link.attributes ?? {}) })),
    status: { code: span.status.code, message: span.status.message && maskText(span.status.message) },
  };
}

function hrNanos([seconds, nanoseconds]: HrTime): string {
  return `${seconds}${String(nanoseconds).padStart(9, "0")}`;
}
