import type { Facts } from "../facts.ts";
import type { Page } from "../frame.ts";
import { bars, gauge, heatmap, stat, timeseries } from "../panels.ts";
import { chosen, events, executions, orNamedZero, overRange, percentile, rate, share } from "../selectors.ts";
import { attained, budgetLeft } from "../slo-queries.ts";
import { higherIsBetter, lowerIsBetter, neutral } from "../thresholds.ts";

const ran = 'outcome=~"success|error"';

/** Does code run, how fast, and is there room for more? */
export function sandboxMetrics(facts: Facts): Page {
  const objective = facts.objective("sandbox-success");
  const slow = facts.limit("SlowSandboxExecution");
  return {
    uid: "sandbox-metrics",
    title: "Sandbox Metrics",
    description: "Does users' code run, how long does it take, why does it not, and is there room for more?",
    variables: ["service", "instance"],
    rows: [
      {
        title: "Key figures",
        panels: [
          stat({
            title: `Success, ${objective.window}`, width: 5, height: 5, unit: "percentunit", decimals: 2, noValue: "No executions",
            description: `Executions that ran to their end over ${objective.window}; the objective is ${objective.target * 100} %. Below it: the error types say which limit is hit.`,
            steps: higherIsBetter(0.9, objective.target), alerts: ["ErrorBudgetBurnFast"],
            queries: [{ expr: attained(objective), legend: "success" }],
          }),
          stat({
            title: "Budget left", width: 5, height: 5, unit: "percentunit", decimals: 1, noValue: "No executions",
            description: "Share of the failed executions that the objective allows and that have not happened yet.",
            steps: higherIsBetter(0, 0.25),
            queries: [{ expr: budgetLeft(objective), legend: "left" }],
          }),
          stat({
            title: "Duration P95", width: 5, height: 5, unit: "s", noValue: "No executions", alerts: ["SlowSandboxExecution"],
            description: `19 of 20 executions take no longer. Above ${slow} s users believe it hangs: see the runbook.`,
            steps: lowerIsBetter(slow / 2, slow),
            queries: [{ expr: percentile(0.95, executions("bucket"), ""), legend: "P95" }],
          }),
          stat({
            title: "Executions", width: 4, height: 5, unit: "ops", steps: neutral, noValue: "No executions",
            description: "Executions a second.",
            queries: [{ expr: rate(executions("count"), ""), legend: "executions" }],
          }),
          gauge({
            title: "Pool in use", width: 5, height: 5, unit: "percentunit", min: 0, max: 1, noValue: "No pool", alerts: ["SandboxPoolDepleted"],
            description: "Sandboxes that run code, of all. When it stays full, users wait: make the pool larger or find what does not end.",
            steps: lowerIsBetter(0.7, 0.9),
            queries: [{ expr: `1 - sum(helloagents_sandbox_pool_available{${chosen}}) / (sum(helloagents_sandbox_pool_size{${chosen}}) > 0)`, legend: "in use" }],
          }),
        ],
      },
      {
        title: "Executions",
        panels: [
          timeseries({
            title: "Success rate", width: 12, height: 8, unit: "percentunit", max: 1, limits: true, noValue: "No executions",
            description: "Share of executions that ran to their end, and the objective.",
            steps: higherIsBetter(0.9, objective.target),
            queries: [{ expr: share(executions("count", ran), executions("count"), "language"), legend: "{{language}}" }],
          }),
          heatmap({
            title: "Duration", width: 12, height: 8, unit: "s", noValue: "No executions",
            description: "How many executions took how long. A band at the upper end is code that hits the time limit.",
            alerts: ["SlowSandboxExecution"],
            query: { expr: events(executions("bucket"), "le"), legend: "{{le}}" },
          }),
          timeseries({
            title: "Error types", width: 12, height: 8, unit: "ops", min: 0, stacked: true, noValue: "No executions",
            description: "Executions a second that did not succeed. error: the program's own fault; the others are limits and faults of the sandbox.",
            links: [{ title: "Traces with errors", url: "${console_url}/traces?q=sandbox&error=true&from=${__from}&to=${__to}" }],
            queries: [{ expr: orNamedZero(executions("count", 'outcome!="success"'), executions("count"), "outcome"), legend: "{{outcome}}" }],
          }),
          timeseries({
            title: "Pool", width: 12, height: 8, unit: "short", min: 0, noValue: "No pool", alerts: ["SandboxPoolDepleted"],
            description: "Sandboxes that wait for code, and all. The alert looks at each instance.",
            queries: [
              { expr: `sum(helloagents_sandbox_pool_available{${chosen}})`, legend: "free", colour: "green" },
              { expr: `sum(helloagents_sandbox_pool_size{${chosen}})`, legend: "all", colour: "grey" },
            ],
          }),
          timeseries({
            title: "Duration P95 by language", width: 12, height: 8, unit: "s", min: 0, limits: true, noValue: "No executions",
            description: "One language slower than the others points at its runtime's image; all at once at the machine.",
            steps: lowerIsBetter(slow / 2, slow),
            queries: [{ expr: percentile(0.95, executions("bucket"), "language"), legend: "{{language}}" }],
          }),
          bars({
            title: "Executions by language and outcome", width: 12, height: 8, unit: "short", steps: neutral, noValue: "No executions",
            description: "Over the chosen range.",
            query: { expr: `sort_desc(round(${overRange(events(executions("count"), "language, outcome"))}))`, legend: "{{language}}: {{outcome}}" },
          }),
        ],
      },
    ],
  };
}
