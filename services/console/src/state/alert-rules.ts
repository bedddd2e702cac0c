import { fetchJson } from "./fetch-json.ts";

/** An alert rule as Prometheus evaluates it, and what makes it pending or firing now. Times are ISO 8601. */
export type AlertRule = {
  name: string;
  severity: string;
  state: "inactive" | "pending" | "firing";
  expr: string;
  /** How long it has to hold, in seconds. */
  forS: number;
  summary: string;
  runbookUrl: string | undefined;
  dashboardUrl: string | undefined;
  /** Why it cannot be evaluated; empty while it can. */
  lastError: string;
  active: { labels: Record<string, string>; state: "pending" | "firing"; since: string; value: string; description: string }[];
};

/** `problem` says what keeps Prometheus from answering. */
export type AlertRulesState = { rules: AlertRule[]; problem?: string };

const TIMEOUT_MS = 2_500;

/** Every alert rule: firing first, then pending, then by name. Source: Prometheus HTTP API, rules. Never throws. */
export async function readAlertRules(prometheusUrl: string): Promise<AlertRulesState> {
  try {
    const answer = (await fetchJson(`${prometheusUrl}/api/v1/rules?type=alert`, TIMEOUT_MS)) as { data?: { groups?: { rules?: Rule[] }[] } };
    const rules = (answer.data?.groups ?? []).flatMap((group) => group.rules ?? []).map(readRule);
    return { rules: merged(rules).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)) };
  } catch (error) {
    return { rules: [], problem: `Prometheus at ${prometheusUrl} cannot be asked: ${(error as Error).message}.` };
  }
}

type Rule = {
  name?: string;
  query?: string;
  duration?: number;
  state?: AlertRule["state"];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  lastError?: string;
  alerts?: { labels?: Record<string, string>; annotations?: Record<string, string>; state?: "pending" | "firing"; activeAt?: string; value?: string }[];
};

function readRule({ name = "(unnamed)", query = "", duration = 0, state = "inactive", labels = {}, annotations = {}, lastError = "", alerts = [] }: Rule): AlertRule {
  return {
    name, state, lastError, expr: query, forS: duration, severity: labels["severity"] ?? "none",
    // Templates of a rule that is not active are not filled in: only those of its alerts are words.
    summary: alerts[0]?.annotations?.["summary"] ?? (annotations["summary"] ?? "").replaceAll(/\{\{[^}]*\}\}/g, "…"),
    runbookUrl: alerts[0]?.annotations?.["runbook_url"],
    // What stands before the path is an address of this console, which is not filled in either.
    dashboardUrl: alerts[0]?.annotations?.["dashboard"] ?? annotations["dashboard"]?.replace(/^\{\{[^}]*\}\}/, ""),
    active: alerts.map((alert) => ({
      labels: alert.labels ?? {}, state: alert.state ?? "firing", since: alert.activeAt ?? "",
      value: alert.annotations?.["value"] ?? alert.value ?? "", description: alert.annotations?.["description"] ?? "",
    })),
  };
}

/** The tiers of an objective are rules of one name: one row for people, with the worst state. */
function merged(rules: AlertRule[]): AlertRule[] {
  const byName = new Map<string, AlertRule>();
  for (const rule of rules) {
    const known = byName.get(rule.name);
    if (!known) byName.set(rule.name, rule);
    else byName.set(rule.name, { ...(rank(rule) < rank(known) ? rule : known), active: [...known.active, ...rule.active], lastError: known.lastError || rule.lastError });
  }
  return [...byName.values()];
}

function rank({ state, lastError }: AlertRule): number {
  if (lastError) return 0;
  return ["firing", "pending", "inactive"].indexOf(state) + 1;
}
