/** The parts that expressions of several pages are made of. All of them follow the variables of the page. */

/** Scrapes and probes are no users. */
const users = 'http_route!~"/metrics|/health"';

const services = 'job=~"$service"';

/** The chosen services and instances. */
export const chosen = `${services},instance=~"$instance"`;

/** Events that are counted twice: by rules/by-minute.yml over all instances, and by the metric of each instance. `matchers` narrow both. */
export type Counted = { recorded: string; metric: string; matchers: string };

/** Requests of the chosen services; `more` narrows them, as `http_response_status_code=~"5.."`, which buckets do not know. */
export function requests(suffix: "count" | "bucket", more = ""): Counted {
  const recorded = suffix === "count" ? "job_route_code:http_server_requests:increase1m" : "job_route_le:http_server_request_duration_seconds:increase1m";
  return { recorded, metric: `http_server_request_duration_seconds_${suffix}`, matchers: joined(services, users, more) };
}

/** The same on a page with the variable `route`. */
export function routeRequests(suffix: "count" | "bucket", more = ""): Counted {
  return requests(suffix, joined('http_route=~"$route"', more));
}

/** Executions of code in the sandbox; outcomes are known of counts. */
export function executions(suffix: "count" | "bucket", more = ""): Counted {
  const recorded = suffix === "count" ? "job_outcome:helloagents_sandbox_executions:increase1m" : "job_le:helloagents_sandbox_execution_duration_seconds:increase1m";
  return { recorded, metric: `helloagents_sandbox_execution_duration_seconds_${suffix}`, matchers: joined(services, more) };
}

/** Requests to the assistant's model, by time. */
export const answers: Counted = { recorded: "job_le:gen_ai_client_operation_duration_seconds:increase1m", metric: "gen_ai_client_operation_duration_seconds_bucket", matchers: services };

/** Queries to the database, by time; `more` narrows them. */
export function dbQueries(more = ""): Counted {
  return { recorded: "job_operation_le:db_client_operation_duration_seconds:increase1m", metric: "db_client_operation_duration_seconds_bucket", matchers: joined(services, more) };
}

/** How often `counted` happened in each step, by labels. */
export function events({ recorded, metric, matchers }: Counted, by: string): string {
  const ofAll = `${recorded}{${matchers},instance=~"$instance"}`;
  // Recordings have no instance, so they are found while all are chosen. No series has a label `all_instances`: the metric itself is found, and read, while one is chosen.
  const ofOne = `${metric}{${matchers},instance=~"$instance",all_instances!~"$instance"}`;
  return `sum${by && ` by (${by}) `}(sum_over_time(${ofAll}[$__interval]) or rate(${ofOne}[$__rate_interval]) * $__interval)`;
}

/** Events a second, by labels. */
export function rate(counted: Counted, by: string): string {
  return `${events(counted, by)} / $__interval`;
}

/**
 * An expression of recordings, which have no exemplars, with those of the buckets behind it. The buckets take nothing away: they stand there for
 * their exemplars, and are read once a point instead of over the whole range.
 */
export function withExemplars(expression: string, { metric, matchers }: Counted): string {
  return `${expression} unless on () (${metric}{${matchers},instance=~"$instance"} < 0)`;
}

/** Part of a whole as 0 to 1, by the same labels: 0 while the part never happened, nothing while the whole did not. */
export function share(part: Counted, whole: Counted, by: string): string {
  return shareOf(events(part, by), events(whole, by));
}

/** The same of two expressions. */
export function shareOf(part: string, whole: string): string {
  return `(${orZero(part, whole)}) / (${whole} > 0)`;
}

/** `part`, or 0 where `whole` is and `part` is not. */
export function orZero(part: string, whole: string): string {
  return `${part} or 0 * ${whole}`;
}

/** A percentile of a histogram's buckets, by labels; nothing (rather than NaN) without events. */
export function percentile(quantile: number, buckets: Counted, by: string): string {
  return `histogram_quantile(${quantile}, ${events(buckets, ["le", by].filter(Boolean).join(", "))}) >= 0`;
}

/** Events a second by one label; while there are none, a single series named "none" at 0. */
export function orNamedZero(part: Counted, whole: Counted, label: string): string {
  const found = rate(part, label);
  return `${found} or label_replace(0 * ${rate(whole, "")}, "${label}", "none", "", "") unless on () ${events(part, "")}`;
}

/** An expression of a graph as one figure of the whole range. */
export function overRange(expression: string): string {
  return expression.replaceAll(/\$__(rate_)?interval/g, "$__range");
}

function joined(...parts: string[]): string {
  return parts.filter(Boolean).join(",");
}
