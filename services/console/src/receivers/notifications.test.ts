import { afterAll, beforeAll, expect, test } from "vitest";
import { startLocalConsole, type LocalConsole } from "../demo/local-console.ts";
import { DEDUP_KEY, pagerdutyResolve, pagerdutyTrigger, slackFiring, slackResolved } from "../demo/notifications.ts";

let local: LocalConsole;
beforeAll(async () => void (local = await startLocalConsole()));
afterAll(() => local.stop());

const post = async (path: string, body: string, type = "application/json") => {
  const response = await fetch(local.url + path, { method: "POST", headers: { "content-type": type }, body });
  return [response.status, await response.text()] as const;
};
const inbox = async (kind: string) => (await (await fetch(`${local.url}/api/inbox?kind=${kind}`)).json()) as { title: string; text: string; level: string; to: string; thread?: string; raw: Record<string, unknown> }[];
const json = async (path: string) => (await fetch(local.url + path)).json();

test("Slack: Alertmanager's message is kept as it came and read for the list", async () => {
  expect(await post("/slack/services/T000/B000/secret", JSON.stringify(slackFiring))).toEqual([200, "ok"]);
  const [item] = await inbox("slack");
  expect(item).toMatchObject({ title: "[CRITICAL] HighErrorRate · helloagents-api", level: "critical", to: "#incidents", raw: slackFiring });
  expect(item?.text).toContain("Value 6.2% (threshold: 5%)");
  expect(item?.text).toContain("Runbook · Dashboard");
  expect(item?.text).toContain("Severity: critical :fire:");
  await post("/slack/x", JSON.stringify(slackResolved));
  expect((await inbox("slack"))[0]).toMatchObject({ level: "ok", to: "#alerts" });
});

test("Slack: plain text, blocks and the form field work; what Slack refuses is refused in its words", async () => {
  await post("/slack/x", JSON.stringify({ text: "deploy <http://a.example|done>\nsecond line" }));
  expect((await inbox("slack"))[0]).toMatchObject({ title: "deploy done", to: "x" });
  await post("/slack/x", JSON.stringify({ blocks: [{ type: "header", text: { type: "plain_text", text: "Hello" } }] }));
  expect((await inbox("slack"))[0]).toMatchObject({ title: "Hello" });
  await post("/slack/x", new URLSearchParams({ payload: '{"text":"from a form"}' }).toString(), "application/x-www-form-urlencoded");
  expect((await inbox("slack"))[0]).toMatchObject({ title: "from a form" });
  const before = (await inbox("slack")).length;
  expect(await post("/slack/x", "{")).toEqual([400, "invalid_payload"]);
  expect(await post("/slack/x", "[]")).toEqual([400, "invalid_payload"]);
  expect(await post("/slack/x", "{}")).toEqual([400, "no_text"]);
  expect(await inbox("slack")).toHaveLength(before);
});

test("PagerDuty: a trigger opens an incident, repeats count, a resolve closes it, a new trigger opens another", async () => {
  const [status, body] = await post("/pagerduty/v2/enqueue", JSON.stringify(pagerdutyTrigger));
  expect([status, JSON.parse(body)]).toEqual([202, { status: "success", message: "Event processed", dedup_key: DEDUP_KEY }]);
  expect(await json("/api/incidents")).toMatchObject([{ dedupKey: DEDUP_KEY, state: "triggered", severity: "critical", triggers: 1 }]);
  await post("/pagerduty/v2/enqueue", JSON.stringify(pagerdutyTrigger));
  await post("/pagerduty/v2/enqueue", JSON.stringify({ ...pagerdutyResolve, event_action: "acknowledge" }));
  expect(await json("/api/incidents?state=open")).toMatchObject([{ state: "acknowledged", triggers: 2 }]);
  expect((await post("/pagerduty/v2/enqueue", JSON.stringify(pagerdutyResolve)))[0]).toBe(202);
  expect(await json("/api/incidents?state=open")).toEqual([]);
  expect(await json("/api/incidents?state=resolved")).toMatchObject([{ state: "resolved", triggers: 2 }]);
  const [resolve, , , trigger] = await inbox("pagerduty");
  expect(resolve).toMatchObject({ level: "ok", title: `Resolved: ${pagerdutyTrigger.payload.summary}` });
  expect(trigger).toMatchObject({ level: "critical", title: pagerdutyTrigger.payload.summary, thread: resolve?.thread });
  expect(JSON.stringify(await inbox("pagerduty"))).not.toContain(pagerdutyTrigger.routing_key);
  await post("/pagerduty/v2/enqueue", JSON.stringify(pagerdutyTrigger));
  expect(await json("/api/incidents")).toMatchObject([{ state: "triggered", triggers: 1 }]);
});

const refused = async (event: object) => {
  const [status, body] = await post("/pagerduty/v2/enqueue", JSON.stringify(event));
  return [status, (JSON.parse(body) as { errors: string[] }).errors];
};

test("PagerDuty: events it would refuse are refused with its errors", async () => {
  expect(await refused({ event_action: "trigger", payload: { severity: "bad" } })).toEqual([
    400,
    ["'routing_key' is missing or blank", "'payload.summary' is missing or blank", "'payload.source' is missing or blank", "'payload.severity' must be one of critical, error, warning, info"],
  ]);
  expect(await refused({ routing_key: "k", event_action: "resolve" })).toEqual([400, ["'dedup_key' is missing or blank"]]);
  expect(await refused({ routing_key: "k", event_action: "explode", dedup_key: "d" })).toMatchObject([400, [expect.stringContaining("event_action")]]);
});
