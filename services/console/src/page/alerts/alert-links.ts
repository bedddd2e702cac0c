import type { Alert } from "../../state/alerts.ts";

const HOUR_MS = 3_600_000;

/** Where an alert leads: what to do, how it came to be, and examples, all from an hour before it began. */
export function leads({ name, labels, startsAt, runbookUrl, dashboardUrl }: Alert): { title: string; to: string }[] {
  const began = Date.parse(startsAt);
  const range = { from: Number.isNaN(began) ? "now-1h" : String(began - HOUR_MS), to: "now" };
  const job = labels["job"];
  const traces = new URLSearchParams({ ...(job && { service: job }), ...(labels["symptom"]?.endsWith("errors") && { error: "true" }), ...(labels["symptom"] === "latency" && { minDurationMs: "200" }), ...range });
  return [
    { title: "Runbook", to: here(runbookUrl ?? `/runbooks/${encodeURIComponent(name)}`) },
    ...(dashboardUrl ? [{ title: "Dashboard", to: `${here(dashboardUrl)}?${new URLSearchParams({ ...range, ...(job && { "var-service": job }) })}` }] : []),
    { title: "Traces", to: `/traces?${traces}` },
    { title: "Issues", to: `/issues?${new URLSearchParams({ ...(job && { q: job }), ...range })}` },
  ];
}

/** An address of this very console, by whatever host name the alert was given; others stay as they are. */
export function here(url: string): string {
  const path = /^https?:\/\/[^/]+(\/(?:d|runbooks)\/.*)$/.exec(url)?.[1] ?? url;
  return path.replace(/^\/d\//, "/dashboards/");
}
