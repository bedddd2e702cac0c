// The backend is killed: on-call gets ServiceDown on PagerDuty and Slack with a runbook that opens, and its end when it is back.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { keepDown } from "../support/keep-down.ts";
import { inbox, type InboxItem, json } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";

test("killing the backend becomes ServiceDown on PagerDuty and Slack, with a runbook that opens, and is resolved when it is back", async () => {
  const stack = sharedStack();
  // What was there before the kill does not count.
  const before = new Set((await inbox(stack)).map(({ id }) => id));
  const after = async (kind: InboxItem["kind"]): Promise<InboxItem[]> => (await inbox(stack, kind)).filter(({ id }) => !before.has(id));
  const repaired = new AbortController();
  const killer = keepDown(stack, "backend", repaired.signal);
  try {
    const [page, message] = await Promise.all(
      (["pagerduty", "slack"] as const).map(
        async (kind) => await eventually(`ServiceDown on ${kind}`, async () => (await after(kind)).find(({ title, text }) => title.includes("ServiceDown") || text.includes("ServiceDown")), 90_000),
      ),
    );
    expect(JSON.stringify(page?.raw)).toContain("critical");
    const runbook = /https?:\/\/[^\s"<>|\\]*runbooks\/ServiceDown/.exec(JSON.stringify(message?.raw))?.[0];
    expect(runbook).toBeDefined();
    const opened = await fetch((runbook ?? "").replace(/^https?:\/\/[^/]+/, stack.url("console")));
    expect(opened.status).toBe(200);
    expect(await opened.text()).toContain("ServiceDown");
  } finally {
    repaired.abort();
    await killer;
  }
  await eventually("the backend again", async () => (await stack.part("backend")).state === "ready", 90_000);
  await eventually("resolved on PagerDuty", async () => (await after("pagerduty")).some(({ raw }) => (raw as { event_action?: string }).event_action === "resolve"), 90_000);
  await eventually("no firing ServiceDown", async () => {
    const alerts = await json<{ labels: { alertname: string } }[]>(stack.url("alertmanager", "/api/v2/alerts?active=true"));
    return alerts.every(({ labels }) => labels.alertname !== "ServiceDown");
  });
}, 300_000);
