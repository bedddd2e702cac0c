import { type Dsn, parseDsn } from "./dsn.ts";
import { readRoutes, type Routes } from "./routes.ts";
import { type ServiceNames, serviceNames } from "./sessions/service-names.ts";
import type { InAppRules } from "./stacktrace/in-app.ts";

export interface Settings {
  /** Where exceptions of services go. */
  dsn: Dsn;
  /** Where exceptions of pages go; the same as `dsn` when it is not set. */
  pageDsn: Dsn;
  /** By service.name or another resource attribute, before the two above. */
  routes: Routes;
  /** What senders of OTLP must carry as `Authorization: Bearer`; "" when none is asked for. */
  token: string;
  host: string;
  port: number;
  /** Largest request body as it comes over the wire, and after decompression; beyond: 413. */
  maxBodyBytes: number;
  maxDecodedBytes: number;
  /** Bodies and undelivered exceptions held at once; beyond: 503. */
  maxInFlightBytes: number;
  /** Envelopes under way to one DSN at once. */
  concurrency: number;
  /** No envelope of a request is started later than this; the rest is handed back. */
  requestTimeoutMs: number;
  /** Sentry gets this long to take one envelope. Both together stay below the 10 s that the Collector waits for an answer. */
  sendTimeoutMs: number;
  /** Rate limits up to so many seconds are answered with 503, and the sender brings again what they would discard. */
  holdSeconds: number;
  /** `only`: nothing but sessions is made of what comes, for one bridge beside several others. */
  sessions: "on" | "off" | "only";
  /** Services whose requests are counted by their SERVER spans, and not by a metric. */
  sessionsFromSpans: ServiceNames;
  /** What becomes of spans, besides their exceptions. */
  spans: "off" | "spans" | "transactions";
  /** Whose code a frame is, over the rules of its language. */
  inApp: InAppRules;
}

const MIB = 1024 * 1024;

/** Reads the environment. Throws one sentence that names the setting and what to do; it never holds a key. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { SENTRY_DSN, VITE_SENTRY_DSN } = env;
  if (!SENTRY_DSN) throw new Error("SENTRY_DSN is not set: give the DSN of the Sentry project that gets the services' exceptions");
  const dsn = parseDsn(SENTRY_DSN, "SENTRY_DSN");
  return {
    dsn,
    pageDsn: VITE_SENTRY_DSN ? parseDsn(VITE_SENTRY_DSN, "VITE_SENTRY_DSN") : dsn,
    routes: env["SENTRY_BRIDGE_ROUTES_FILE"] ? readRoutes(env["SENTRY_BRIDGE_ROUTES_FILE"], "SENTRY_BRIDGE_ROUTES_FILE") : new Map(),
    token: token(env),
    host: env["SENTRY_BRIDGE_HOST"] || "127.0.0.1",
    port: whole(env, "SENTRY_BRIDGE_PORT", 4328, 0, 65_535),
    maxBodyBytes: whole(env, "SENTRY_BRIDGE_MAX_BODY_BYTES", 8 * MIB, 1024, 64 * MIB),
    maxDecodedBytes: whole(env, "SENTRY_BRIDGE_MAX_DECODED_BYTES", 32 * MIB, 1024, 256 * MIB),
    maxInFlightBytes: whole(env, "SENTRY_BRIDGE_MAX_IN_FLIGHT_BYTES", 48 * MIB, 1024, 1024 * MIB),
    concurrency: whole(env, "SENTRY_BRIDGE_CONCURRENCY", 8, 1, 64),
    requestTimeoutMs: whole(env, "SENTRY_BRIDGE_REQUEST_TIMEOUT_MS", 4_000, 100, 600_000),
    sendTimeoutMs: whole(env, "SENTRY_BRIDGE_SEND_TIMEOUT_MS", 5_000, 100, 600_000),
    holdSeconds: whole(env, "SENTRY_BRIDGE_HOLD_SECONDS", 0, 0, 60),
    sessions: oneOf(env, "SENTRY_BRIDGE_SESSIONS", ["on", "off", "only"]),
    sessionsFromSpans: serviceNames(list(env, "SENTRY_BRIDGE_SESSIONS_FROM_SPANS"), "SENTRY_BRIDGE_SESSIONS_FROM_SPANS"),
    spans: oneOf(env, "SENTRY_BRIDGE_SPANS", ["off", "spans", "transactions"]),
    inApp: { include: list(env, "SENTRY_BRIDGE_IN_APP_INCLUDE"), exclude: list(env, "SENTRY_BRIDGE_IN_APP_EXCLUDE") },
  };
}

function token(env: NodeJS.ProcessEnv): string {
  const text = env["SENTRY_BRIDGE_TOKEN"] ?? "";
  if (text !== "" && !/^[\w.~+/=-]{16,512}$/.test(text)) throw new Error("SENTRY_BRIDGE_TOKEN must be 16 to 512 letters, digits or -._~+/=; make one with: openssl rand -hex 32");
  return text;
}

function list(env: NodeJS.ProcessEnv, name: string): string[] {
  return (env[name] ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/** The first is the default. */
function oneOf<T extends string>(env: NodeJS.ProcessEnv, name: string, values: readonly [T, ...T[]]): T {
  const text = env[name] || values[0];
  const value = values.find((known) => known === text);
  if (value !== undefined) return value;
  throw new Error(`${name} is ${JSON.stringify(text.slice(0, 40))}: give ${values.join(", ")}`);
}

function whole(env: NodeJS.ProcessEnv, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} is ${JSON.stringify(text.slice(0, 40))}: give a whole number from ${min} to ${max}`);
}
