import { fetchJson } from "./fetch-json.ts";

/** An alert as Alertmanager holds it. Times are ISO 8601. */
export type Alert = {
  name: string;
  severity: string;
  state: "active" | "suppressed" | "unprocessed";
  silenced: boolean;
  inhibited: boolean;
  startsAt: string;
  summary: string;
  description: string;
  value: string;
  threshold: string;
  runbookUrl: string | undefined;
  dashboardUrl: string | undefined;
  labels: Record<string, string>;
  fingerprint: string;
};

/** `problem` says what keeps Alertmanager from answering. */
export type AlertsState = { alerts: Alert[]; problem?: string };

const TIMEOUT_MS = 2_000;

/** Firing alerts, worst and newest first. Source: Alertmanager's API v2, getAlerts. Never throws. */
export async function readAlerts(alertmanagerUrl: string): Promise<AlertsState> {
  try {
    const answer = await fetchJson(`${alertmanagerUrl}/api/v2/alerts`, TIMEOUT_MS);
    if (!Array.isArray(answer)) throw new Error("its answer is no list of alerts: something else may be listening there");
    return { alerts: (answer as GettableAlert[]).map(readAlert).sort((a, b) => rank(a) - rank(b) || b.startsAt.localeCompare(a.startsAt)) };
  } catch (error) {
    return { alerts: [], problem: `Alertmanager at ${alertmanagerUrl} cannot be asked: ${(error as Error).message}.` };
  }
}

type GettableAlert = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  startsAt?: string;
  fingerprint?: string;
  status?: { state?: Alert["state"]; silencedBy?: string[]; inhibitedBy?: string[] };
};

function readAlert({ labels = {}, annotations = {}, startsAt = "", fingerprint = "", status = {} }: GettableAlert): Alert {
  return {
    name: labels["alertname"] ?? "(unnamed)",
    severity: labels["severity"] ?? "none",
    state: status.state ?? "active",
    silenced: (status.silencedBy?.length ?? 0) > 0,
    inhibited: (status.inhibitedBy?.length ?? 0) > 0,
    startsAt,
    summary: annotations["summary"] ?? annotations["message"] ?? "",
    description: annotations["description"] ?? "",
    value: annotations["value"] ?? "",
    threshold: annotations["threshold"] ?? "",
    runbookUrl: annotations["runbook_url"],
    dashboardUrl: annotations["dashboard"],
    labels,
    fingerprint,
  };
}

function rank(alert: Alert): number {
  const place = ["critical", "warning", "info"].indexOf(alert.severity);
  return (alert.state === "active" ? 0 : 10) + (place < 0 ? 5 : place);
}
