import { attributeOf, namesOf } from "../otlp/http-names.ts";
import { CLIENT, ERROR, SERVER, type Span } from "../otlp/model.ts";

/** Sentry's operation of a span (develop.sentry.dev, span operations), told by its attributes as Sentry's own SDKs do. */
export function spanOperation({ attributes, kind }: Span): string {
  const has = (...keys: string[]): boolean => keys.some((key) => attributes.has(key));
  const given = attributes.get("sentry.op");
  if (typeof given === "string" && given !== "") return given.slice(0, 64);
  if (has(...namesOf("http.request.method"))) return kind === SERVER ? "http.server" : kind === CLIENT ? "http.client" : "http";
  if (has("db.system.name", "db.system")) return "db";
  if (has("gen_ai.operation.name", "gen_ai.system", "gen_ai.provider.name")) return "gen_ai";
  if (has("rpc.system", "rpc.service")) return "rpc";
  if (has("messaging.system")) return "message";
  const trigger = attributes.get("faas.trigger");
  return typeof trigger === "string" && trigger !== "" ? trigger.slice(0, 64) : "default";
}

/** Sentry's status of a span: what the sender set, else what the HTTP or gRPC status says. */
export function spanStatus({ statusCode, statusMessage, attributes }: Span): string {
  if (statusCode === OK) return "ok";
  const message = statusMessage.toLowerCase();
  if (statusCode === ERROR && GRPC.includes(message)) return message;
  const fromCode = ofGrpc(attributes.get("rpc.grpc.status_code")) ?? ofHttp(attributeOf(attributes, "http.response.status_code"));
  if (statusCode === ERROR) return fromCode === undefined || fromCode === "ok" ? "internal_error" : fromCode;
  return fromCode ?? "ok";
}

const OK = 1;

/** By gRPC code, 0 to 16, in Sentry's spelling. */
const GRPC = [
  "ok",
  "cancelled",
  "unknown_error",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal_error",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

const HTTP: ReadonlyMap<number, string> = new Map([
  [400, "invalid_argument"],
  [401, "unauthenticated"],
  [403, "permission_denied"],
  [404, "not_found"],
  [409, "already_exists"],
  [413, "failed_precondition"],
  [429, "resource_exhausted"],
  [499, "cancelled"],
  [501, "unimplemented"],
  [503, "unavailable"],
  [504, "deadline_exceeded"],
]);

function ofGrpc(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : GRPC[Number(value)];
}

function ofHttp(value: unknown): string | undefined {
  const code = Number(value ?? 0);
  if (!(code >= 100 && code < 600)) return undefined;
  if (code < 400) return "ok";
  return HTTP.get(code) ?? (code < 500 ? "invalid_argument" : "internal_error");
}
