import type { Attributes, AttributeValue } from "./model.ts";

/** Names of now and of before OpenTelemetry's stable HTTP conventions (1.23): many instrumentations still write those by default, Python's for one. */
const NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  [
    ["http.request.method", "http.method"],
    ["http.response.status_code", "http.status_code"],
    ["url.full", "http.url"],
    ["url.path", "http.target"],
    ["url.scheme", "http.scheme"],
    ["server.address", "net.host.name", "http.server_name"],
    ["server.port", "net.host.port"],
    ["user_agent.original", "http.user_agent"],
  ].map((names) => [names[0]!, names]),
);

/** What an attribute of this name is called, and was. */
export function namesOf(key: string): readonly string[] {
  return NAMES.get(key) ?? [key];
}

/** The value by its name of now, else by those of before. */
export function attributeOf(attributes: Attributes, key: string): AttributeValue | undefined {
  for (const name of namesOf(key)) {
    const value = attributes.get(name);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}
