import { duration } from "../format.ts";
import { rangeQuery } from "../ui/time-range.tsx";

const FILTERS = ["service", "q", "minDurationMs", "error"] as const;

/** Those parameters of an address, of the list or of a trace opened from it, that say which traces are meant; without the range. */
export function traceFilters(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])));
}

/** The same with the range, for a link from the list to a trace and back to the list; empty without any. */
export function searchQuery(query: URLSearchParams): string {
  const search = new URLSearchParams([...traceFilters(query), ...new URLSearchParams(rangeQuery(query))]);
  return search.size > 0 ? `?${search}` : "";
}

/** What is looked for in words: `traces of helloagents-api with errors, 500 ms or longer, with “executions” in a name`. */
export function searchWords(query: URLSearchParams): string {
  const { service, q, minDurationMs, error } = Object.fromEntries(traceFilters(query)) as Partial<Record<(typeof FILTERS)[number], string>>;
  return [
    `traces${service ? ` of ${service}` : ""}${error === "true" ? " with errors" : ""}`,
    ...(minDurationMs ? [`${duration(Number(minDurationMs))} or longer`] : []),
    ...(q ? [`with “${q}” in a name`] : []),
  ].join(", ");
}
