/**
 * Exceptions as OTLP log records (event name `exception`, https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/):
 * ERROR for those a framework turned into a 5xx answer, FATAL for those nobody caught. One record per error object.
 */
import { context, logs, ROOT_CONTEXT, SeverityNumber, trace, type Attributes, type Span } from "@opentelemetry/api";
import { getRPCMetadata } from "@opentelemetry/core";
import { debugIds } from "./debug-ids.ts";
import { formatException } from "./exception-format.ts";
import { markSentAsLog, spanThatRecorded } from "./span-exceptions.ts";

/** Of the request in which the exception happened, as far as known. */
export interface RequestFacts {
  method?: string | undefined;
  route?: string | undefined;
  path?: string | undefined;
}

/** Attributes that an application sets on its server span and that belong to the exception as well. */
const FROM_SPAN = ["http.request.method", "http.route", "url.path", "user.id", "session.id"] as const;

/** Sends one record for `error`, linked to `span`; nothing when this error object was sent before. */
export function emitException(error: unknown, severity: "ERROR" | "FATAL", span: Span | undefined, request: RequestFacts = {}): void {
  if (!markSentAsLog(error)) return;
  const { type, message, stacktrace } = formatException(error);
  const attributes: Attributes = { "exception.type": type, "exception.message": message };
  if (stacktrace !== undefined) {
    attributes["exception.stacktrace"] = stacktrace;
    const ids = debugIds(stacktrace);
    if (ids !== undefined) attributes["helloagents.exception.debug_ids"] = ids;
  }
  const onSpan = (span as { attributes?: Attributes } | undefined)?.attributes ?? {};
  for (const name of FROM_SPAN) {
    if (onSpan[name] !== undefined) attributes[name] = onSpan[name];
  }
  if (request.method !== undefined) attributes["http.request.method"] = request.method;
  if (request.route !== undefined) attributes["http.route"] = request.route;
  if (request.path !== undefined) attributes["url.path"] = request.path;
  logs.getLogger("@helloagents/telemetry-node").emit({
    eventName: "exception",
    severityNumber: severity === "FATAL" ? SeverityNumber.FATAL : SeverityNumber.ERROR,
    severityText: severity,
    body: `${type}: ${message}`,
    attributes,
    context: span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT,
  });
}

/**
 * Sees uncaught exceptions, and unhandled rejections where Node treats them as such, without changing how the process ends:
 * the monitor event has no part in Node's decision.
 */
export function watchUncaught(): void {
  process.on("uncaughtExceptionMonitor", (error) => {
    try {
      const active = context.active();
      const request = getRPCMetadata(active);
      // The server span knows the user; a child span that is active now does not.
      emitException(error, "FATAL", request?.span ?? spanThatRecorded(error) ?? trace.getSpan(active), { route: request?.route });
    } catch {
      // Telemetry must not become the second exception of a crash.
    }
  });
}
