/** The parts that expressions of several pages are made of. All of them follow the variables of the page. */

/** Scrapes and probes are no users. */
const users = 'http_route!~"/metrics|/health"';

/** The chosen services and instances. */
export const chosen = 'job=~"$service",instance=~"$instance"';

/** Requests of the chosen services; `more` narrows them, as `http_response_status_code=~"5.."`. */
export function requests(suffix: "count" | "bucket", more = ""): string {
  return `http_server_request_duration_seconds_${suffix}{${[chosen, users, more].filter(Boolean).join(",")}}`;
}

/** The same on a page with the variable `route`. */
export function routeRequests(suffix: "count" | "bucket", more = ""): string {
  return requests(suffix, ['http_route=~"$route"', more].filter(Boolean).join(","));
}

/** Events a second, by labels. */
export function rate(selector: string, by: string): string {
  return `sum by (${by}) (rate(${selector}[$__rate_interval]))`;
}

/** Part of a whole as 0 to 1, by the same labels: 0 while the part never happened, nothing while the whole did not. */
export function share(part: string, whole: string, by: string): string {
  return `(${orZero(rate(part, by), rate(whole, by))}) / (${rate(whole, by)} > 0)`;
}

/** `part`, or 0 where `whole` is and `part` is not. */
export function orZero(part: string, whole: string): string {
  return `${part} or 0 * ${whole}`;
}

/** A percentile of a histogram's buckets, by labels; nothing (rather than NaN) without events. */
export function percentile(quantile: number, buckets: string, by: string): string {
  const labels = ["le", ...by.split(",").map((label) => label.trim()).filter(Boolean)].join(", ");
  return `histogram_quantile(${quantile}, sum by (${labels}) (rate(${buckets}[$__rate_interval]))) >= 0`;
}

/** How many events fell into each bucket. */
export function buckets(selector: string): string {
  return `sum by (le) (increase(${selector}[$__rate_interval]))`;
}

/** Events a second by one label; while there are none, a single series named "none" at 0. */
export function orNamedZero(part: string, whole: string, label: string): string {
  return `${rate(part, label)} or label_replace(0 * sum(rate(${whole}[$__rate_interval])), "${label}", "none", "", "") unless on () count(${part})`;
}
