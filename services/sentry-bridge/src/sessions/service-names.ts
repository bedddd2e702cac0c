import type { Attributes } from "../otlp/model.ts";

/** Some services, by their names. */
export interface ServiceNames {
  has: (resource: Attributes) => boolean;
  /** What their names are, or begin with: a resource that holds none of these texts is none of the services. */
  beginnings: readonly string[];
}

/**
 * @param entries each a `service.name`; with a `*` at its end, whatever begins so
 * @param setting that names them. Throws one sentence with it
 */
export function serviceNames(entries: readonly string[], setting: string): ServiceNames {
  const odd = entries.find((entry) => entry.slice(0, -1).includes("*"));
  if (odd !== undefined) throw new Error(`${setting} has ${JSON.stringify(odd.slice(0, 40))}: a * can only end a name and stands for any rest; give names with commas between, or * for all services`);
  const exact = new Set(entries.filter((entry) => !entry.endsWith("*")));
  const open = entries.filter((entry) => entry.endsWith("*")).map((entry) => entry.slice(0, -1));
  return {
    has(resource) {
      const name = String(resource.get("service.name") ?? "");
      return exact.has(name) || open.some((beginning) => name.startsWith(beginning));
    },
    beginnings: [...exact, ...open],
  };
}
