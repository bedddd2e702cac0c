import type { Facts } from "../facts.ts";
import type { Page } from "../frame.ts";
import { bars, gauge, stat, timeseries } from "../panels.ts";
import { answers, chosen, executions, orZero, percentile, rate, requests, share, shareOf, withExemplars } from "../selectors.ts";
import { attained, budgetLeft } from "../slo-queries.ts";
import { higherIsBetter, lowerIsBetter, neutral, percent } from "../thresholds.ts";

/** Of the model a second, by labels: few series, which are read as they are. */
const model = (suffix: string, by: string, more = ""): string => `sum by (${by}) (rate(gen_ai_client_${suffix}{${chosen}${more}}[$__rate_interval]))`;

/** The page to open first: is the platform well, and if not, where. */
export function overview(facts: Facts): Page {
  const availability = facts.objective("api-availability");
  const latency = facts.objective("api-latency");
  const sandbox = facts.objective("sandbox-success");
  return {
    uid: "helloagents-overview",
    title: "HelloAgents Overview",
    description: "Is the platform well, and if not, which part is it? Golden signals first; each panel links the runbooks of the alerts on it.",
    variables: ["service", "instance"],
    rows: [
      {
        title: "Golden signals",
        panels: [
          stat({
            title: `Availability, ${availability.window}`, width: 4, height: 5, unit: "percentunit", decimals: 2,
            description: `Requests to the API that were not answered with 5xx over ${availability.window}; the objective is ${percent(availability.target)}. A stack younger than its first record shows the last hour. Below it: find the route on API Performance.`,
            steps: higherIsBetter(0.99, availability.target), noValue: "No traffic", alerts: ["ErrorBudgetBurnFast"],
            queries: [{ expr: attained(availability), legend: "available" }],
          }),
          stat({
            title: "Error budget left", width: 4, height: 5, unit: "percentunit", decimals: 1,
            description: "Share of the failures that the objective allows and that have not happened yet. At 0 stop risky changes; below 0 the promise to users is broken.",
            steps: higherIsBetter(0, 0.25), noValue: "No traffic", alerts: ["ErrorBudgetBurnSlow"],
            queries: [{ expr: budgetLeft(availability), legend: "left" }],
          }),
          stat({
            title: "Latency P95", width: 4, height: 5, unit: "s",
            description: `19 of 20 requests are answered within this time. The goal is ${latency.withinS} s. Above it: the heat map on API Performance shows whether all requests are slow or some.`,
            steps: lowerIsBetter(latency.withinS ?? facts.limit("HighLatency"), facts.limit("HighLatency")), alerts: ["HighLatency", "VeryHighLatency"],
            queries: [{ expr: 'job:http_server_request_duration_seconds:p95_rate5m{job=~"$service"}', legend: "{{job}}" }],
          }),
          stat({
            title: "Traffic", width: 4, height: 5, unit: "reqps", steps: neutral,
            description: "Requests a second over 5 minutes, without scrapes and health checks. A fall to 0 with a healthy service means that nobody reaches it: look at what is in front of it.",
            queries: [{ expr: 'job:http_server_requests:rate5m{job=~"$service"}', legend: "{{job}}" }],
          }),
          stat({
            title: "Errors", width: 4, height: 5, unit: "percentunit", decimals: 2,
            description: `Share of requests answered with 5xx over 5 minutes. We aspire to less than ${percent(facts.aspiration("error-rate"))}; alerts begin at ${percent(facts.limit("MediumErrorRate"))}.`,
            steps: lowerIsBetter(facts.aspiration("error-rate"), facts.limit("MediumErrorRate")), alerts: ["HighErrorRate", "MediumErrorRate"],
            queries: [{ expr: 'job:http_server_request_errors:ratio_rate5m{job=~"$service"}', legend: "{{job}}" }],
          }),
          gauge({
            title: "Memory", width: 4, height: 5, unit: "percentunit", min: 0, max: 1,
            description: `Resident memory of the fullest instance against its limit. Above ${percent(facts.limit("HighMemoryUsage"))} it may be killed: restart it, then look for what grew.`,
            steps: lowerIsBetter(0.8, facts.limit("HighMemoryUsage")), alerts: ["HighMemoryUsage"],
            queries: [{ expr: `max by (job) (process_memory_usage_bytes{${chosen}} / (process_memory_limit_bytes{${chosen}} > 0))`, legend: "{{job}}" }],
          }),
        ],
      },
      {
        title: "Trends",
        panels: [
          timeseries({
            title: "Requests", width: 12, height: 8, unit: "reqps", min: 0,
            description: "Requests a second by service. Compare a step in it with the deploys marked on the time axis.",
            queries: [{ expr: rate(requests("count"), "job"), legend: "{{job}}" }],
          }),
          timeseries({
            title: "Errors", width: 12, height: 8, unit: "percentunit", min: 0, limits: true,
            description: "Share of requests answered with 5xx, and the limits of the two alerts. Issues and traces of that time tell what failed.",
            steps: lowerIsBetter(facts.limit("MediumErrorRate"), facts.limit("HighErrorRate")), alerts: ["HighErrorRate"],
            links: [
              { title: "Traces with errors", url: "${console_url}/traces?service=${__field.labels.job}&error=true&from=${__from}&to=${__to}" },
              { title: "Issues", url: "${sentry_search}?from=${__from}&to=${__to}" },
            ],
            queries: [{ expr: share(requests("count", 'http_response_status_code=~"5.."'), requests("count"), "job"), legend: "{{job}}" }],
          }),
          timeseries({
            title: "Latency", width: 12, height: 8, unit: "s", min: 0,
            description: "Median, P95 and P99 of each service over 5 minutes. P99 far above P95: a few requests wait for something; all three up: everything does.",
            alerts: ["HighLatency"],
            links: [{ title: "Slow traces", url: "${console_url}/traces?service=${service}&minDurationMs=200&from=${__from}&to=${__to}" }],
            queries: [
              { expr: recorded("p99"), legend: "{{job}} P99", colour: "vermilion" },
              { expr: withExemplars(recorded("p95"), requests("bucket")), legend: "{{job}} P95", colour: "orange", exemplars: true },
              { expr: recorded("p50"), legend: "{{job}} P50", colour: "blue" },
            ],
          }),
          timeseries({
            title: "CPU", width: 12, height: 8, unit: "percentunit", min: 0, limits: true,
            description: "CPU of each service against what it may use, and how busy its event loop is. The event loop is one core: at 80 % requests wait, whatever the CPUs say.",
            steps: lowerIsBetter(0.7, facts.limit("HighCPUUsage")), alerts: ["HighCPUUsage"],
            queries: [
              { expr: `max by (job) (sum by (job, instance) (process_cpu_utilization_ratio{${chosen}}))`, legend: "{{job}} CPU" },
              { expr: `max by (job) (nodejs_eventloop_utilization_ratio{${chosen}})`, legend: "{{job}} event loop" },
            ],
          }),
        ],
      },
      {
        title: "Sandbox",
        panels: [
          stat({
            title: `Success, ${sandbox.window}`, width: 4, height: 7, unit: "percentunit", decimals: 2,
            description: `Executions that ran to their end; the objective is ${percent(sandbox.target)}. A program that fails by itself ran. Sandbox Metrics shows which kind of failure it is.`,
            steps: higherIsBetter(0.9, sandbox.target), noValue: "No executions",
            queries: [{ expr: attained(sandbox), legend: "success" }],
          }),
          stat({
            title: "Free sandboxes", width: 4, height: 7, unit: "short",
            description: "Sandboxes that wait for code, in the emptiest instance. Below 2 users begin to wait: see the runbook.",
            steps: higherIsBetter(1, facts.limit("SandboxPoolDepleted")), noValue: "No pool", alerts: ["SandboxPoolDepleted"],
            queries: [{ expr: `min(helloagents_sandbox_pool_available{${chosen}})`, legend: "free" }],
          }),
          timeseries({
            title: "Executions", width: 16, height: 7, unit: "ops", min: 0, stacked: true,
            description: "Executions a second by how they ended: success and error ran to their end, the others hit a limit.",
            alerts: ["SlowSandboxExecution"],
            queries: [{ expr: rate(executions("count"), "outcome"), legend: "{{outcome}}" }],
          }),
        ],
      },
      {
        title: "Assistant",
        panels: [
          stat({
            title: "Answer time P95", width: 4, height: 7, unit: "s", steps: neutral, noValue: "No questions",
            description: "19 of 20 answers of the model came within this time. It is the provider's time and ours together: compare with its status page.",
            queries: [{ expr: percentile(0.95, answers, ""), legend: "P95" }],
          }),
          stat({
            title: "Failed", width: 4, height: 7, unit: "percentunit", decimals: 1, noValue: "No questions",
            description: "Share of the requests to the model that failed. The traces of the assistant's route name the error.",
            steps: lowerIsBetter(0.01, 0.05),
            queries: [{ expr: shareOf(model("operation_duration_seconds_count", "job", ',error_type!=""'), model("operation_duration_seconds_count", "job")), legend: "{{job}}" }],
          }),
          timeseries({
            title: "Requests", width: 8, height: 7, unit: "reqps", min: 0,
            description: "Requests to the model a second, by model.",
            queries: [{ expr: model("operation_duration_seconds_count", "gen_ai_request_model"), legend: "{{gen_ai_request_model}}" }],
          }),
          timeseries({
            title: "Tokens", width: 8, height: 7, unit: "cps", min: 0, stacked: true,
            description: "Tokens a second, which is what the model costs: input and output are billed apart.",
            queries: [{ expr: model("token_usage_sum", "gen_ai_token_type"), legend: "{{gen_ai_token_type}}" }],
          }),
        ],
      },
      {
        title: "Use and resources",
        panels: [
          stat({
            title: "Active users and sessions", width: 6, height: 7, unit: "short", steps: neutral,
            description: "Users and sessions seen within 15 minutes.",
            queries: [
              { expr: `sum(helloagents_active_users{${chosen}})`, legend: "users" },
              { expr: `sum(helloagents_active_sessions{${chosen}})`, legend: "sessions" },
            ],
          }),
          bars({
            title: "Use of features", width: 6, height: 7, unit: "short", steps: neutral, noValue: "Nothing used",
            description: "Uses of each feature over the chosen range.",
            query: { expr: `sort_desc(round(sum by (feature) (increase(helloagents_feature_usage_total{${chosen}}[$__range]))))`, legend: "{{feature}}" },
          }),
          timeseries({
            title: "Memory", width: 6, height: 7, unit: "bytes", min: 0,
            description: "Resident memory by instance. A line that only rises is a leak.",
            queries: [{ expr: `process_memory_usage_bytes{${chosen}}`, legend: "{{job}} {{instance}}" }],
          }),
          timeseries({
            title: "Files and connections", width: 6, height: 7, unit: "short", min: 0,
            description: "Open files, and connections to the database. A line that only rises is a leak: something is opened and not closed.",
            queries: [
              { expr: `sum by (job) (process_open_file_descriptor_count{${chosen}})`, legend: "{{job}} files" },
              { expr: orZero(`sum by (job) (db_client_connection_count{${chosen}})`, `sum by (job) (target_info{${chosen}})`), legend: "{{job}} connections" },
            ],
          }),
        ],
      },
    ],
  };
}

/** A percentile of each service as rules/red.yml records it: a week of it costs what a few lines cost. */
function recorded(name: "p50" | "p95" | "p99"): string {
  return `avg by (job) (avg_over_time(job:http_server_request_duration_seconds:${name}_rate5m{job=~"$service"}[$__rate_interval]))`;
}
