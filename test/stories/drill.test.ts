// `npm run drill` on the running demo: four real conditions, each followed from the fault to the words that people get and to their end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { inbox, json } from "../support/queries.ts";
import { type OwnStack, repository, startStack } from "../support/stack.ts";

// A stack of its own: what is broken here on purpose would break the other stories as well.
let stack: OwnStack;
beforeAll(async () => {
  stack = await startStack();
}, 180_000);
afterAll(async () => await stack?.stop(), 60_000);

function drill(...args: string[]): { child: ChildProcess; printed: () => string } {
  const child = spawn(process.execPath, ["services/stack/src/drill/main.ts", ...args, "--quick", "--data", stack.data], { cwd: repository, env: { ...process.env, NODE_OPTIONS: "" } });
  onTestFinished(() => void child.kill("SIGINT"));
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => void (printed += chunk.toString()));
  return { child, printed: () => printed };
}

test.for([
  { alert: "SandboxPoolDepleted", ways: ["slack", "email"], channel: "#alerts", words: /has \d free sandboxes/, value: /\*Value\* \d free \(threshold: 2 free\)/, traces: /traces\/example\?service=helloagents-api&q=executions&from=\d+&to=now$/ },
  { alert: "HighMemoryUsage", ways: ["slack", "email"], channel: "#alerts", words: /uses [\d.]+% of the memory it may use/, value: /\*Value\* [89]\d(\.\d+)?% of the limit \(threshold: 85%\)/, traces: /traces\/example\?service=helloagents-api&from=\d+&to=now$/ },
  { alert: "HighLatency", ways: ["slack", "email"], channel: "#alerts", words: /95% of the requests to helloagents-api take up to/, value: /\*Value\* P95 .*s \(threshold: 500ms\)/, traces: /traces\/example\?service=helloagents-api&minDurationMs=500&from=\d+&to=now$/ },
  { alert: "HighErrorRate", ways: ["pagerduty", "slack"], channel: "#incidents", words: /\d+(\.\d+)?% of the requests to helloagents-api were answered with 5xx/, value: /\*Value\* [\d.]+% 5xx \(threshold: 5%\)/, traces: /traces\/example\?service=helloagents-api&error=true&from=\d+&to=now$/ },
])("$alert: from the fault to the message and to its end", { timeout: 330_000 }, async ({ alert, ways, channel, words, value, traces }) => {
  const before = new Set((await inbox(stack)).map(({ id }) => id));
  const { child, printed } = drill(alert, "--timeout", "280");
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code, printed()).toBe(0);

  const steps = printed().split("\n").flatMap((line) => /^ *[\d.]+ s {2}(bad sample|\w+) /.exec(line)?.[1] ?? []);
  expect([...new Set(steps.filter((step) => step !== "waiting"))], printed()).toEqual(["fault", "bad sample", "pending", "firing", "notified", "repaired", "over", "resolved"]);
  for (const way of ways) for (const step of ["notified", "resolved"]) expect(printed()).toMatch(new RegExp(` ${step} +${way}: .*${alert}`));

  const slack = (await inbox(stack, "slack")).filter(({ id, text, title }) => !before.has(id) && `${title}${text}`.includes(alert));
  type Attachment = { title: string; text: string; actions: { text: string; url: string }[] };
  const [firing] = slack.map(({ raw }) => raw as { channel: string; attachments: Attachment[] }).filter(({ attachments }) => !attachments[0]!.title.includes("RESOLVED"));
  expect(firing?.channel).toBe(channel);
  const { text, actions } = firing!.attachments[0]!;
  expect(text).toMatch(words);
  expect(text).toMatch(value);
  expect(actions.map((action) => action.text)).toEqual(["Runbook", "Dashboard", "Issues", "Trace", "Silence"]);
  expect(actions[3]!.url).toMatch(traces);
  // What the message leads to is there, and about this.
  const here = (url: string): string => url.replace(/^https?:\/\/[^/]+/, stack.url("console"));
  expect((await fetch(here(actions[0]!.url))).status).toBe(200);
  const example = await fetch(here(actions[3]!.url), { redirect: "manual" });
  expect(example.headers.get("location")).toMatch(/^\/traces\/[0-9a-f]{32}\?/);
});

test("Ctrl-C takes the fault and the quick clocks back", async () => {
  const { child, printed } = drill("SandboxPoolDepleted");
  await eventually("the fault", async () => (await json<{ faults: unknown[] }>(stack.url("backend", "/faults"))).faults.length > 0);
  expect((await lstat(join(stack.data, "run/prometheus/alerts"))).isSymbolicLink()).toBe(false);
  child.kill("SIGINT");
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code, printed()).toBe(130);
  expect((await json<{ faults: unknown[] }>(stack.url("backend", "/faults"))).faults).toEqual([]);
  expect((await lstat(join(stack.data, "run/prometheus/alerts"))).isSymbolicLink()).toBe(true);
});
