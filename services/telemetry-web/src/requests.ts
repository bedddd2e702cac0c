import { SpanKind, SpanStatusCode, trace, type Span, type Tracer } from "@opentelemetry/api";
import type { Activities } from "./activity.ts";
import { foldPath, maskPath, maskUrl } from "./mask.ts";

/** One outgoing request of the page, as both `fetch` and `XMLHttpRequest` report it. */
export interface RequestSpan {
  /** Header value to send, or undefined when the target is not to be told about traces. */
  traceparent: string | undefined;
  /** @param status HTTP status, or 0 when there was no answer */
  end(status: number, error?: unknown): void;
}

export interface RequestTracer {
  /** Undefined for what is not traced: exports of telemetry, and URLs that are not http(s). */
  start(method: string, url: string): RequestSpan | undefined;
}

/**
 * @param endpoint where telemetry itself goes: never traced
 * @param allowedOrigins origins besides the page's own that get a `traceparent`
 */
export function createRequestTracer({ tracer, activities, endpoint, allowedOrigins }: {
  tracer: Tracer;
  activities: Activities;
  endpoint: string;
  allowedOrigins: string[];
}): RequestTracer {
  const origins = new Set([location.origin, ...allowedOrigins]);
  return {
    start(method, target) {
      const url = new URL(target, document.baseURI);
      if (!/^https?:$/.test(url.protocol) || `${url.href}/`.startsWith(`${endpoint}/`)) return undefined;
      const verb = method.toUpperCase();
      const path = url.origin === location.origin ? "" : url.host;
      const span = tracer.startSpan(`${verb} ${path}${foldPath(maskPath(url))}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          "http.request.method": verb,
          "url.full": maskUrl(url),
          "server.address": url.hostname,
          "server.port": Number(url.port) || (url.protocol === "https:" ? 443 : 80),
        },
      }, activities.parent());
      const leave = activities.join();
      return {
        traceparent: origins.has(url.origin) ? traceparent(span) : undefined,
        end(status, error) {
          finish(span, status, error);
          leave();
        },
      };
    },
  };
}

/** W3C Trace Context, section 3.2. */
function traceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** HTTP client spans of the semantic conventions: an answer of 400 or more and no answer at all are errors. */
function finish(span: Span, status: number, error: unknown): void {
  if (status > 0) span.setAttribute("http.response.status_code", status);
  if (status === 0 || status >= 400) {
    const name = (error as { name?: unknown } | undefined)?.name;
    span.setAttribute("error.type", status > 0 ? String(status) : String(name ?? "network"));
    // Who aborts a request wants it so.
    if (name !== "AbortError") span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** Trace and span of what is going on, for a log record. */
export function currentTrace(activities: Activities): { traceId: string; spanId: string } | undefined {
  const spanContext = trace.getSpanContext(activities.parent());
  return spanContext && { traceId: spanContext.traceId, spanId: spanContext.spanId };
}
