import { ask, type Places } from "./places.ts";

/** The alert as Prometheus has it. */
export interface Rule {
  query: string;
  /** Seconds. */
  duration: number;
  alerts: { state: "pending" | "firing"; labels: Record<string, string>; activeAt: string }[];
}

/** A message as the console got it in the place of Slack, PagerDuty and mail. */
export interface Message {
  id: string;
  kind: string;
  title: string;
  text: string;
}

/** The service that drills are done on. */
const job = "helloagents-api";

export async function ruleOf({ prometheus }: Places, alert: string): Promise<Rule | undefined> {
  const { data } = await ask<{ data: { groups: { rules: (Rule & { name: string })[] }[] } }>(`${prometheus}/api/v1/rules?type=alert&rule_name[]=${encodeURIComponent(alert)}`);
  const rule = data.groups.flatMap((group) => group.rules).find(({ name }) => name === alert);
  return rule && { ...rule, alerts: rule.alerts.filter(({ labels }) => labels["job"] === job) };
}

/** What the alert's expression gives now for the service: undefined while all is well. */
export async function badSample({ prometheus }: Places, { query }: Rule): Promise<string | undefined> {
  const { data } = await ask<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(`${prometheus}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query }) });
  return data.result.find(({ metric }) => metric["job"] === job)?.value[1];
}

/** Messages about the alert that the console has, oldest first. */
export async function messagesAbout({ console: url }: Places, alert: string): Promise<Message[]> {
  const lists = await Promise.all(["slack", "pagerduty", "email"].map(async (kind) => await ask<Message[]>(`${url}/api/inbox?kind=${kind}&limit=200`)));
  return lists.flat().filter(({ title, text }) => `${title}\n${text}`.includes(`${alert} · ${job}`)).toReversed();
}

/** Why Alertmanager tells nobody of the alert now: undefined when nothing holds it back. */
export async function heldBack({ alertmanager }: Places, alert: string): Promise<string | undefined> {
  type Alert = { labels: Record<string, string>; fingerprint: string; status: { inhibitedBy: string[]; silencedBy: string[] } };
  const alerts = await ask<Alert[]>(`${alertmanager}/api/v2/alerts`);
  const { status } = alerts.find(({ labels }) => labels["alertname"] === alert && labels["job"] === job) ?? {};
  if (status === undefined) return undefined;
  const inhibitors = status.inhibitedBy.map((fingerprint) => alerts.find((each) => each.fingerprint === fingerprint)?.labels["alertname"] ?? fingerprint);
  if (inhibitors.length > 0) return `${inhibitors.join(", ")} fires already, which says it all (inhibit_rules)`;
  return status.silencedBy.length > 0 ? `silenced (${status.silencedBy.join(", ")})` : undefined;
}

/** Whether a message tells of the end: all three kinds begin so. */
export function tellsOfEnd({ title, text }: Message): boolean {
  return /\[RESOLVED\]/.test(`${title}\n${text}`);
}
