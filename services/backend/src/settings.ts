import { readFileSync } from "node:fs";
import { isIP } from "node:net";

/**
 * All settings of the backend, read once from the environment. A bad value is a {@link SettingsError} whose message
 * names the variable, the value and what is accepted; main prints it as one line and exits with 1.
 */
export interface Settings {
  host: string;
  port: number;
  /** With the password of DATABASE_PASSWORD_FILE in it. */
  databaseUrl: string;
  databasePoolMax: number;
  databaseWaitMs: number;
  sandboxPoolSize: number;
  sandboxTimeoutMs: number;
  sandboxMemoryMb: number;
  sandboxQueueMax: number;
  sandboxQueueWaitMs: number;
  assistantBaseUrl: string;
  assistantApiKey: string | undefined;
  assistantModel: string;
  assistantTimeoutMs: number;
  /** Requests a minute that one client address may send to /api; 0 switches both rate limits off. */
  rateLimitPerMinute: number;
  /** Executions and assistant messages a minute of one session. */
  rateLimitCostlyPerMinute: number;
  sessionDays: number;
  demoErrors: boolean;
  /** Whether faults can be switched on at /faults, from loopback only. */
  faults: boolean;
  /** Express's "trust proxy": which proxies may name the client's address. */
  trustProxy: string;
  /** Where the preload's Prometheus exporter listens; undefined when the environment does not ask for one. */
  prometheusExporterPort: number | undefined;
}

export class SettingsError extends Error {}

/** Reads {@link Settings} from environment variables and the file that one of them may name. @throws SettingsError */
export function readSettings(env: Record<string, string | undefined>): Settings {
  return {
    host: text(env, "HOST", "127.0.0.1"),
    port: whole(env, "PORT", 8000, 0, 65_535),
    databaseUrl: withPassword(env, url(env, "DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres", ["postgres:", "postgresql:"])),
    databasePoolMax: whole(env, "DATABASE_POOL_MAX", 5, 1, 100),
    databaseWaitMs: whole(env, "DATABASE_WAIT_MS", 60_000, 0, 600_000),
    sandboxPoolSize: whole(env, "SANDBOX_POOL_SIZE", 3, 1, 32),
    // Above 10 s, so that the alert on a sandbox P95 above 10 s can fire at all.
    sandboxTimeoutMs: whole(env, "SANDBOX_TIMEOUT_MS", 12_000, 50, 60_000),
    sandboxMemoryMb: whole(env, "SANDBOX_MEMORY_MB", 32, 4, 512),
    sandboxQueueMax: whole(env, "SANDBOX_QUEUE_MAX", 20, 0, 1_000),
    sandboxQueueWaitMs: whole(env, "SANDBOX_QUEUE_WAIT_MS", 5_000, 10, 60_000),
    assistantBaseUrl: url(env, "ASSISTANT_BASE_URL", "http://127.0.0.1:8090/v1", ["http:", "https:"]),
    assistantApiKey: env["ASSISTANT_API_KEY"] || undefined,
    assistantModel: text(env, "ASSISTANT_MODEL", "helloagents-stand-in"),
    assistantTimeoutMs: whole(env, "ASSISTANT_TIMEOUT_MS", 20_000, 50, 120_000),
    rateLimitPerMinute: whole(env, "RATE_LIMIT_PER_MINUTE", 1_200, 0, 1_000_000),
    rateLimitCostlyPerMinute: whole(env, "RATE_LIMIT_COSTLY_PER_MINUTE", 240, 1, 1_000_000),
    sessionDays: whole(env, "SESSION_DAYS", 7, 1, 365),
    demoErrors: onOff(env, "DEMO_ERRORS", true),
    faults: faults(env),
    trustProxy: proxies(env, "TRUST_PROXY", "loopback"),
    prometheusExporterPort: (env["OTEL_METRICS_EXPORTER"] ?? "").split(",").some((name) => name.trim() === "prometheus")
      ? whole(env, "OTEL_EXPORTER_PROMETHEUS_PORT", 9464, 1, 65_535)
      : undefined,
  };
}

type Environment = Record<string, string | undefined>;

function text(env: Environment, name: string, fallback: string): string {
  return env[name]?.trim() || fallback;
}

function whole(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const given = env[name]?.trim();
  if (!given) return fallback;
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new SettingsError(`${name} must be a whole number from ${min} to ${max}, not "${given}"`);
  }
  return value;
}

function onOff(env: Environment, name: string, fallback: boolean): boolean {
  const given = env[name]?.trim().toLowerCase();
  if (!given) return fallback;
  if (given === "on" || given === "true" || given === "1") return true;
  if (given === "off" || given === "false" || given === "0") return false;
  throw new SettingsError(`${name} must be "on" or "off", not "${given}"`);
}

/** On loopback only: elsewhere a fault could be left to others. */
function faults(env: Environment): boolean {
  const host = text(env, "HOST", "127.0.0.1");
  if (!onOff(env, "FAULTS", false)) return false;
  if (/^(localhost|127(\.\d+){3}|::1)$/.test(host)) return true;
  throw new SettingsError(`FAULTS=on needs HOST to be 127.0.0.1, ::1 or localhost, not "${host}"; leave FAULTS out where others can reach the service`);
}

function proxies(env: Environment, name: string, fallback: string): string {
  const given = text(env, name, fallback);
  if (given.split(",").every((part) => isProxy(part.trim()))) return given;
  throw new SettingsError(`${name} must be a list of addresses, networks (10.0.0.0/8), loopback, linklocal or uniquelocal, not "${given}"`);
}

function isProxy(part: string): boolean {
  return /^(loopback|linklocal|uniquelocal)$/.test(part) || isIP(part.replace(/\/\d{1,3}$/, "")) !== 0;
}

/** The value is not repeated in the error: database addresses carry passwords. */
function url(env: Environment, name: string, fallback: string, protocols: string[]): string {
  const given = env[name]?.trim();
  if (!given) return fallback;
  const parsed = URL.parse(given);
  if (parsed === null || !protocols.includes(parsed.protocol)) {
    throw new SettingsError(`${name} must be an address that starts with ${protocols.map((p) => `${p}//`).join(" or ")}`);
  }
  return given;
}

/** A password in a file of its own, as containers get their secrets; the line break that editors add at its end is not part of it. */
function withPassword(env: Environment, databaseUrl: string): string {
  const file = env["DATABASE_PASSWORD_FILE"]?.trim();
  if (!file) return databaseUrl;
  const password = readSecret(file);
  if (password === "") throw new SettingsError(`DATABASE_PASSWORD_FILE names ${file}, which is empty: write the password into it`);
  const complete = new URL(databaseUrl);
  complete.password = encodeURIComponent(password);
  if (complete.password === "") throw new SettingsError("DATABASE_PASSWORD_FILE needs a DATABASE_URL that names a host, such as postgres://user@host:5432/database");
  return complete.href;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new SettingsError(`DATABASE_PASSWORD_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}
