/**
 * Where one signal is sent by OTLP/HTTP and how, from the environment variables of the OTLP exporter specification
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). A variable of the signal wins over the general one.
 */
import { readFileSync } from "node:fs";

export type Signal = "traces" | "metrics" | "logs";

export interface Destination {
  signal: Signal;
  /** Full URL, e.g. `http://localhost:4318/v1/traces`. */
  url: string;
  headers: Record<string, string>;
  encoding: "protobuf" | "json";
  gzip: boolean;
  /** For one request, answer included. */
  timeoutMs: number;
  /** PEM texts, for https only. */
  tls: { ca?: string; key?: string; cert?: string };
}

export type Environment = Record<string, string | undefined>;
type Complain = (text: string) => void;

/** The protocol the user chose for this signal; `grpc` is not ours to send. */
export function otlpProtocol(env: Environment, signal: Signal, complain: Complain): "grpc" | "http/protobuf" | "http/json" {
  const { name, value } = pick(env, signal, "PROTOCOL");
  if (value === undefined || value === "http/protobuf") return "http/protobuf";
  if (value === "grpc" || value === "http/json") return value;
  complain(`${name}="${value}" is not a protocol: use http/protobuf, http/json or grpc. Going on with http/protobuf.`);
  return "http/protobuf";
}

/** The destination of a signal; undefined, after a complaint, when its endpoint cannot be used. */
export function otlpDestination(env: Environment, signal: Signal, encoding: Destination["encoding"], complain: Complain): Destination | undefined {
  const url = endpoint(env, signal, complain);
  if (url === undefined) return undefined;
  return {
    signal,
    url,
    encoding,
    headers: headers(env, signal, complain),
    gzip: compression(env, signal, complain) === "gzip",
    timeoutMs: timeout(env, signal, complain),
    tls: tls(env, signal, complain),
  };
}

function pick(env: Environment, signal: Signal, what: string): { name: string; value: string | undefined } {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`;
  const general = `OTEL_EXPORTER_OTLP_${what}`;
  const ownValue = env[own]?.trim();
  if (ownValue) return { name: own, value: ownValue };
  return { name: general, value: env[general]?.trim() || undefined };
}

function endpoint(env: Environment, signal: Signal, complain: Complain): string | undefined {
  const { name, value } = pick(env, signal, "ENDPOINT");
  if (value === undefined) return `http://localhost:4318/v1/${signal}`;
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    complain(`${name}="${value}" is not a URL: nothing is sent there. Use for example http://localhost:4318.`);
    return undefined;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    complain(`${name}="${value}" does not start with http:// or https://: nothing is sent there. Use for example http://localhost:4318.`);
    return undefined;
  }
  if (name === "OTEL_EXPORTER_OTLP_ENDPOINT") url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${signal}`;
  return url.href;
}

function headers(env: Environment, signal: Signal, complain: Complain): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of ["OTEL_EXPORTER_OTLP_HEADERS", `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`]) {
    for (const pair of (env[name] ?? "").split(",")) {
      if (pair.trim() === "") continue;
      const equals = pair.indexOf("=");
      const key = pair.slice(0, equals).trim().toLowerCase();
      const value = decode(pair.slice(equals + 1).trim());
      // The value may be a key, so it is never printed.
      if (equals < 1 || !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(key) || value === undefined || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
        complain(`${name} has an entry that is not "name=value" with a valid header name and a percent-encoded value: that entry is left out.`);
      } else {
        result[key] = value;
      }
    }
  }
  return result;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function compression(env: Environment, signal: Signal, complain: Complain): "gzip" | "none" {
  const { name, value } = pick(env, signal, "COMPRESSION");
  if (value === undefined || value === "none") return "none";
  if (value === "gzip") return "gzip";
  complain(`${name}="${value}" is not a compression: use gzip or none. Going on with none.`);
  return "none";
}

function timeout(env: Environment, signal: Signal, complain: Complain): number {
  const { name, value } = pick(env, signal, "TIMEOUT");
  if (value === undefined) return 10_000;
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  complain(`${name}="${value}" is not a number of milliseconds above 0. Going on with 10000.`);
  return 10_000;
}

function tls(env: Environment, signal: Signal, complain: Complain): Destination["tls"] {
  const result: Destination["tls"] = {};
  for (const [what, key] of [["CERTIFICATE", "ca"], ["CLIENT_KEY", "key"], ["CLIENT_CERTIFICATE", "cert"]] as const) {
    const { name, value } = pick(env, signal, what);
    if (value === undefined) continue;
    try {
      result[key] = readFileSync(value, "utf8");
    } catch (error) {
      complain(`${name}="${value}" cannot be read (${(error as NodeJS.ErrnoException).code}): going on without it.`);
    }
  }
  return result;
}
