import { UserError } from "./user-error.ts";

/** Where traces go in a Sentry project, as derived from its DSN. */
export interface SentryOtlp {
  /** Full URL for OTLP/HTTP traces */
  tracesEndpoint: string;
  /** Value of the x-sentry-auth header */
  auth: string;
}

/**
 * Derives Sentry's OTLP trace address from a DSN `https://<key>@<host>[/<path>]/<project>`
 * (docs.sentry.io, "OpenTelemetry Protocol (OTLP)": /api/<project>/integration/otlp/v1/traces, header x-sentry-auth).
 * Throws UserError that names the setting.
 */
export function sentryOtlp(dsn: string, setting: string): SentryOtlp {
  const shape = `${setting} is no Sentry DSN; it looks like https://<key>@<host>/<project number>.`;
  if (!URL.canParse(dsn)) throw new UserError(shape);
  const url = new URL(dsn);
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  const project = segments.pop();
  if (!/^https?:$/.test(url.protocol) || url.username === "" || project === undefined || !/^\d+$/.test(project)) throw new UserError(shape);
  const prefix = segments.length > 0 ? `/${segments.join("/")}` : "";
  return {
    tracesEndpoint: `${url.protocol}//${url.host}${prefix}/api/${project}/integration/otlp/v1/traces`,
    auth: `sentry sentry_key=${decodeURIComponent(url.username)}`,
  };
}
