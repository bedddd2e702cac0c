import { scrubText, withoutQuery } from "../event/scrub.ts";
import { namesOf } from "../otlp/http-names.ts";
import { type AttributeValue, CLIENT, SERVER, type Span } from "../otlp/model.ts";

/** What Sentry shows of a span, and how the name came about (develop.sentry.dev, transaction annotations). */
export interface Description {
  text: string;
  source: "route" | "url" | "task" | "custom";
}

const MAX_LENGTH = 1_000;

/** As Sentry's own SDKs describe OpenTelemetry spans; `sentry.description` and `sentry.source` are the sender's word. */
export function describeSpan(span: Span): Description {
  const find = finder(span);
  const { text, source } = ofKind(span, find);
  const given = find("sentry.source");
  return {
    text: scrubText(find("sentry.description") || text).slice(0, MAX_LENGTH),
    source: given === "route" || given === "url" || given === "task" || given === "custom" ? given : source,
  };
}

function ofKind(span: Span, find: Find): Description {
  const method = find(...namesOf("http.request.method"));
  if (method !== "") return ofHttp(span, method, find);
  if (find("db.system.name", "db.system") !== "" && !find("sentry.op").startsWith("cache.")) return { text: find("db.query.text", "db.statement") || span.name, source: "task" };
  if (find("rpc.service", "messaging.system", "faas.trigger") !== "") return { text: span.name, source: "route" };
  return { text: span.name, source: "custom" };
}

function ofHttp(span: Span, method: string, find: Find): Description {
  const route = find("http.route");
  if (span.kind === CLIENT) {
    const url = address(find(...namesOf("url.full")));
    return url === "" ? { text: span.name, source: "custom" } : { text: `${method} ${url}`, source: "url" };
  }
  if (route !== "") return { text: `${method} ${route}`, source: "route" };
  const path = withoutQuery(find(...namesOf("url.path")));
  return span.kind === SERVER && path !== "" ? { text: `${method} ${path}`, source: "url" } : { text: span.name, source: "custom" };
}

/** `scheme://host/path` without user, query and fragment; "" for what is no URL. */
function address(text: string): string {
  const url = URL.parse(text);
  return url === null || url.host === "" ? "" : `${url.protocol}//${url.host}${url.pathname}`;
}

type Find = (...keys: string[]) => string;

/** The first of these attributes that is there. */
function finder({ attributes }: Span): Find {
  return (...keys) => {
    for (const key of keys) {
      const value: AttributeValue | undefined = attributes.get(key);
      if (value !== undefined && value !== null && value !== "") return String(value);
    }
    return "";
  };
}
