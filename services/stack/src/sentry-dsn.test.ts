import { expect, test } from "vitest";
import { sentryOtlp } from "./sentry-dsn.ts";

test.each([
  ["http://local@127.0.0.1:3000/1", "http://127.0.0.1:3000/api/1/integration/otlp/v1/traces", "sentry sentry_key=local"],
  ["https://abc123@o42.ingest.de.sentry.io/4501", "https://o42.ingest.de.sentry.io/api/4501/integration/otlp/v1/traces", "sentry sentry_key=abc123"],
  ["https://key:secret@sentry.example.com/below/here/7/", "https://sentry.example.com/below/here/api/7/integration/otlp/v1/traces", "sentry sentry_key=key"],
])("%s", (dsn, tracesEndpoint, auth) => {
  expect(sentryOtlp(dsn, "SENTRY_DSN")).toEqual({ tracesEndpoint, auth });
});

test.each(["nonsense", "https://sentry.io/1", "https://key@sentry.io", "https://key@sentry.io/project", "ftp://key@sentry.io/1"])("%s is refused, naming the setting and not the value", (dsn) => {
  expect(() => sentryOtlp(dsn, "SENTRY_DSN")).toThrow(/^SENTRY_DSN is no Sentry DSN; it looks like https:\/\/<key>@<host>\/<project number>\.$/);
});
