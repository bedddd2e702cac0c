import type { Facts } from "../facts.ts";
import type { Page } from "../frame.ts";
import { heatmap, stat, table, timeseries } from "../panels.ts";
import { chosen, dbQueries, events, orNamedZero, overRange, percentile, rate, routeRequests, share, withExemplars } from "../selectors.ts";
import { lowerIsBetter, neutral } from "../thresholds.ts";

const failed = 'http_response_status_code=~"5.."';
const bad = 'http_response_status_code=~"[45].."';
const byQuery = "db_system_name, db_operation_name";

/** Which route is slow or fails, and is it the database? */
export function apiPerformance(facts: Facts): Page {
  const goal = facts.objective("api-latency").withinS ?? facts.limit("HighLatency");
  const latency = lowerIsBetter(goal, facts.limit("HighLatency"));
  const errors = lowerIsBetter(facts.limit("MediumErrorRate"), facts.limit("HighErrorRate"));
  return {
    uid: "api-performance",
    title: "API Performance",
    description: "Which route is slow or fails, since when, and is it the database? Choose a route to see it alone.",
    rows: [
      {
        title: "Golden signals",
        panels: [
          stat({
            title: "Latency P95", width: 6, height: 5, unit: "s", steps: latency, alerts: ["HighLatency", "VeryHighLatency"],
            description: `19 of 20 requests are answered within this time; the goal is ${goal} s. Above it: the table of routes names the slow one.`,
            queries: [{ expr: percentile(0.95, routeRequests("bucket"), ""), legend: "P95" }],
          }),
          stat({
            title: "Requests", width: 6, height: 5, unit: "reqps", steps: neutral,
            description: "Requests a second of the chosen services and routes.",
            queries: [{ expr: rate(routeRequests("count"), ""), legend: "requests" }],
          }),
          stat({
            title: "Errors", width: 6, height: 5, unit: "percentunit", decimals: 2, steps: errors, alerts: ["HighErrorRate", "MediumErrorRate"],
            description: "Share of requests answered with 5xx. Above the limit: the table of routes names the failing one, its traces the reason.",
            queries: [{ expr: share(routeRequests("count", failed), routeRequests("count"), "job"), legend: "{{job}}" }],
          }),
          stat({
            title: "Event loop", width: 6, height: 5, unit: "percentunit", steps: lowerIsBetter(0.7, facts.limit("HighCPUUsage")), noValue: "No Node service", alerts: ["HighCPUUsage"],
            description: "Share of the time that the busiest event loop worked. Near 100 % every request waits: find what computes in the traces, or add instances.",
            queries: [{ expr: `max(nodejs_eventloop_utilization_ratio{${chosen}})`, legend: "busy" }],
          }),
        ],
      },
      {
        title: "Requests",
        panels: [
          timeseries({
            title: "Requests by endpoint", width: 12, height: 9, unit: "reqps", min: 0, stacked: true,
            description: "The ten endpoints with the most requests.",
            links: [{ title: "Traces of it", url: "${console_url}/traces?q=${__field.labels.http_route}&from=${__from}&to=${__to}" }],
            queries: [{ expr: `topk(10, ${rate(routeRequests("count"), "http_request_method, http_route")})`, legend: "{{http_request_method}} {{http_route}}" }],
          }),
          heatmap({
            title: "Latency", width: 12, height: 9, unit: "s",
            description: "How many requests took how long. Two bands are two kinds of requests: choose a route to tell them apart.",
            alerts: ["HighLatency"],
            query: { expr: events(routeRequests("bucket"), "le"), legend: "{{le}}" },
          }),
          timeseries({
            title: "Errors by status code", width: 12, height: 9, unit: "reqps", min: 0, stacked: true, alerts: ["HighErrorRate"],
            description: "Answers with 4xx and 5xx a second. 5xx are ours; many 4xx are a broken client or somebody who tries doors.",
            links: [
              { title: "Traces with errors", url: "${console_url}/traces?error=true&from=${__from}&to=${__to}" },
              { title: "Issues", url: "${sentry_search}?from=${__from}&to=${__to}" },
            ],
            queries: [{ expr: orNamedZero(routeRequests("count", bad), routeRequests("count"), "http_response_status_code"), legend: "{{http_response_status_code}}" }],
          }),
          timeseries({
            title: "Latency P95 by endpoint", width: 12, height: 9, unit: "s", min: 0, limits: true, steps: latency,
            description: "The ten slowest endpoints.",
            links: [{ title: "Slow traces of it", url: "${console_url}/traces?q=${__field.labels.http_route}&minDurationMs=200&from=${__from}&to=${__to}" }],
            queries: [{ expr: withExemplars(`topk(10, ${percentile(0.95, routeRequests("bucket"), "http_request_method, http_route")})`, routeRequests("bucket")), legend: "{{http_request_method}} {{http_route}}", exemplars: true }],
          }),
          table({
            title: "Endpoints", width: 24, height: 9, unit: "short", sortBy: "P95",
            description: "Every endpoint over the chosen range, the slowest first. A click leads to its traces.",
            queries: [
              { expr: overRange(rate(routeRequests("count"), "http_request_method, http_route")), legend: "" },
              { expr: overRange(percentile(0.95, routeRequests("bucket"), "http_request_method, http_route")), legend: "" },
              { expr: overRange(share(routeRequests("count", failed), routeRequests("count"), "http_request_method, http_route")), legend: "" },
            ],
            columns: [
              { field: "http_request_method", name: "Method" },
              { field: "http_route", name: "Route", link: { title: "Traces", url: "${console_url}/traces?q=${__value.raw}&from=${__from}&to=${__to}" } },
              { field: "Value #A", name: "Requests", unit: "reqps" },
              { field: "Value #B", name: "P95", unit: "s", steps: latency },
              { field: "Value #C", name: "Errors", unit: "percentunit", decimals: 2, steps: errors },
            ],
          }),
        ],
      },
      {
        title: "Database",
        panels: [
          table({
            title: "Slow queries", width: 12, height: 9, unit: "short", sortBy: "P95", noValue: "No queries",
            description: "The ten slowest kinds of queries over the chosen range. Their statements stand in the traces: look for a missing index or a query in a loop.",
            queries: [
              { expr: overRange(`topk(10, ${percentile(0.95, dbQueries(), byQuery)})`), legend: "" },
              { expr: overRange(rate(dbQueries('le="+Inf"'), byQuery)), legend: "" },
            ],
            columns: [
              { field: "db_system_name", name: "Database" },
              { field: "db_operation_name", name: "Operation" },
              { field: "Value #A", name: "P95", unit: "s", steps: lowerIsBetter(0.1, 0.5) },
              { field: "Value #B", name: "Queries", unit: "ops" },
            ],
          }),
          timeseries({
            title: "Query time P95", width: 6, height: 9, unit: "s", min: 0, noValue: "No queries",
            description: "By operation. It rises with the load or with the data; a step is a changed plan or a lock.",
            queries: [{ expr: percentile(0.95, dbQueries(), "db_operation_name"), legend: "{{db_operation_name}}" }],
          }),
          timeseries({
            title: "Connections", width: 6, height: 9, unit: "short", min: 0, noValue: "No pool",
            description: "Connections by state, and queries that wait for one. Waiting queries with all connections in use: queries are too slow or the pool is too small.",
            queries: [
              { expr: `sum by (db_client_connection_state) (db_client_connection_count{${chosen}})`, legend: "{{db_client_connection_state}}" },
              { expr: `sum(db_client_connection_pending_requests{${chosen}})`, legend: "waiting", colour: "vermilion" },
            ],
          }),
        ],
      },
    ],
  };
}
