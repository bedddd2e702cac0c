import { attributeOf } from "../otlp/http-names.ts";
import type { CountPoint } from "../otlp/metrics.ts";
import { type Attributes, ERROR, type Span } from "../otlp/model.ts";

/** The histogram whose counts are sessions: one request each, counted before any sampling (semantic conventions, HTTP server). */
export const REQUESTS = "http.server.request.duration";

/** How a request ended, in Sentry's words for sessions: without an error, with one that was handled, with a server error. */
export type RequestStatus = "exited" | "errored" | "crashed";

/** From the attributes of a point: 5xx is a crash; another answer, or none, along with an exception's type is an error. */
export function requestStatus({ attributes }: Pick<CountPoint, "attributes">): RequestStatus {
  const code = statusCode(attributes);
  if (code >= 500) return "crashed";
  const error = attributes.get("error.type");
  return error === undefined || error === null || error === "" || String(error) === String(code) ? "exited" : "errored";
}

/** From a SERVER span: as from a point, and a failure without any status is a crash. */
export function spanRequestStatus(span: Span): RequestStatus {
  return span.statusCode === ERROR && !(statusCode(span.attributes) > 0) ? "crashed" : requestStatus(span);
}

export function statusCode(attributes: Attributes): number {
  return Number(attributeOf(attributes, "http.response.status_code") ?? 0);
}
