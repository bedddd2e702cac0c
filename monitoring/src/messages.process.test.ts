import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { findProgram } from "./binaries.ts";
import { root } from "./files.ts";
import { startMessageSink, type MessageSink } from "./message-sink.ts";

/** The committed routes and templates in a real Alertmanager, sending to stand-ins; only addresses and waiting times differ. */
let sink: MessageSink;
let api: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  sink = await startMessageSink();
  const folder = mkdtempSync(join(tmpdir(), "alertmanager-"));
  writeFileSync(join(folder, "slack"), `${sink.httpUrl}/slack`);
  writeFileSync(join(folder, "pagerduty"), "key-from-a-file");
  const config = parseDocument(readFileSync(join(root, "alertmanager/alertmanager.yml"), "utf8"), { merge: true });
  const settings: [(string | number)[], unknown][] = [
    [["global", "slack_api_url_file"], join(folder, "slack")],
    [["global", "pagerduty_url"], `${sink.httpUrl}/pagerduty`],
    [["global", "smtp_smarthost"], sink.smtpAddress],
    [["global", "smtp_require_tls"], false],
    [["receivers", 1, "pagerduty_configs", 0, "routing_key_file"], join(folder, "pagerduty")],
    [["templates", 0], join(root, "alertmanager/templates/*.tmpl")],
    // Long enough for the critical alert to be known before its warning would be sent.
    [["route", "group_wait"], "1s"],
    [["route", "group_interval"], "1s"],
    [["route", "routes", 1, "group_wait"], "0s"],
  ];
  for (const [path, value] of settings) {
    if (!config.hasIn(path)) throw new Error(`alertmanager.yml has no ${path.join(".")} to set`);
    config.setIn(path, value);
  }
  writeFileSync(join(folder, "alertmanager.yml"), String(config));
  const port = await freePort();
  api = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, "--web.external-url=http://localhost:9093", "--cluster.listen-address="];
  const child = spawn(findProgram("alertmanager"), args, { cwd: folder, stdio: "ignore" });
  stop = async () => {
    const ended = once(child, "exit");
    if (child.exitCode === null && child.kill()) await ended;
    rmSync(folder, { recursive: true });
    await sink.close();
  };
  await until(async () => (await fetch(`${api}/-/ready`)).ok);
});

afterAll(() => stop?.());

test("critical: PagerDuty and Slack #incidents, without the warning of the same symptom; then resolved on both", async () => {
  const started = Date.now() - 7 * 60_000;
  const critical = alert("HighErrorRate", { severity: "critical", symptom: "errors", job: "api" }, { value: "7.2% 5xx", threshold: "5%", description: "7.2% of: all \"requests\" failed." }, started);
  const warning = alert("MediumErrorRate", { severity: "warning", symptom: "errors", job: "api" }, {}, started);
  const elsewhere = alert("MediumErrorRate", { severity: "warning", symptom: "errors", job: "shop" }, {}, started);
  // One after the other: alerts that began longer ago than group_wait are sent at once, and the critical one has to be known by then.
  await send([critical]);
  await arrived("pagerduty", "HighErrorRate");
  await send([warning, elsewhere]);
  const page = (await arrived("pagerduty", "HighErrorRate")) as { routing_key: string; event_action: string; payload: { summary: string; severity: string; custom_details: object }; links: object[] };
  expect(page.event_action).toBe("trigger");
  expect(page.routing_key).toBe("key-from-a-file");
  expect(page.payload).toMatchObject({ summary: "[CRITICAL] HighErrorRate · api: Summary of HighErrorRate", severity: "critical", source: "api", component: "api", class: "errors" });
  expect(page.payload.custom_details).toMatchObject({ service: "api", value: "7.2% 5xx", threshold: "5%", firing: expect.stringMatching(/^\n\* 7.2% of: all "requests" failed.\n {2}Value 7.2% 5xx \(threshold: 5%\)\n {2}Since .* UTC$/), resolved: null });
  expect(page.links).toEqual([
    { href: "http://console/runbooks/HighErrorRate", text: "Runbook" },
    { href: `http://console/d/x?from=${started - 3_600_000}&to=now`, text: "Dashboard" },
  ]);

  const { channel, attachments } = (await arrived("slack", "[CRITICAL]")) as SlackMessage;
  expect(channel).toBe("#incidents");
  expect(attachments[0]).toMatchObject({ title: "[CRITICAL] HighErrorRate · api", title_link: "http://console/runbooks/HighErrorRate", color: "danger" });
  expect(attachments[0]!.text.split("\n")).toEqual([
    '7.2% of: all "requests" failed.',
    "*Value* 7.2% 5xx (threshold: 5%)",
    expect.stringMatching(/^\*Since\* \w{3} \d+ \w{3} \d\d:\d\d UTC$/),
    "",
    expect.stringMatching(/^<http:\/\/console\/runbooks\/HighErrorRate\|Runbook> · <http:\/\/console\/d\/x\?from=\d+&to=now\|Dashboard> · <http:\/\/localhost:9093\/#\/silences\/new\?filter=%7Balertname%3D%22HighErrorRate%22%2Cjob%3D%22api%22%7D\|Silence>$/),
  ]);
  await arrived("slack", "MediumErrorRate · shop");
  expect(texts("slack").some((text) => text.includes("MediumErrorRate · api"))).toBe(false);

  await send([{ ...critical, endsAt: new Date().toISOString() }, { ...warning, endsAt: new Date().toISOString() }]);
  expect(await arrived("pagerduty", "[RESOLVED]")).toMatchObject({ event_action: "resolve", payload: { summary: expect.stringMatching(/^\[RESOLVED\] HighErrorRate · api: over after 7m \d+/) } });
  const resolved = (await arrived("slack", "[RESOLVED] HighErrorRate")) as SlackMessage;
  expect(resolved).toMatchObject({ channel: "#incidents", attachments: [{ color: "good" }] });
  expect(resolved.attachments[0]!.text).toMatch(/^Over: Summary of HighErrorRate\n\*Last value\* 7.2% 5xx \(threshold: 5%\)\n\*Lasted\* 7m \d+s, since .* UTC\n\n<.*\|Runbook> · <.*&to=\d+\|Dashboard> · <.*\|Alerts>$/);
});

test("warning: Slack #alerts and e-mail, one message for the instances of a service, at most five written out", async () => {
  const labels = { severity: "warning", symptom: "memory", job: "api" };
  await send(["a", "b", "c", "d", "e", "f"].map((instance) => alert("HighMemoryUsage", { ...labels, instance }, { description: `${instance} is full.`, value: "91%", threshold: "85%" })));
  const { channel, attachments } = (await arrived("slack", "HighMemoryUsage")) as SlackMessage;
  expect(channel).toBe("#alerts");
  expect(attachments[0]).toMatchObject({ title: "[WARNING] HighMemoryUsage · api (6)", color: "warning" });
  expect(attachments[0]!.text.match(/is full\./g)).toHaveLength(5);
  expect(attachments[0]!.text).toContain("And more: 6 in all.");
  const raw = (await arrived("email", "HighMemoryUsage")) as string;
  expect(raw).toContain("To: oncall@example.com\r\n");
  const mail = decodeQuotedPrintable(raw);
  expect(mail).toContain("FIRING\r\n* a is full.\r\n  Value 91% (threshold: 85%)\r\n  Since ");
  expect(mail).toContain("Runbook    http://console/runbooks/HighMemoryUsage");
  expect(mail).toContain('<a href="http://console/runbooks/HighMemoryUsage">Runbook</a>');
  expect(texts("pagerduty").some((text) => text.includes("HighMemoryUsage"))).toBe(false);
});

test("a page about an objective makes its tickets superfluous, and missing telemetry the absence of its data", async () => {
  const ticket = { severity: "warning", symptom: "other" };
  await send([
    alert("ErrorBudgetBurnFast", { severity: "critical", symptom: "errors", job: "paged", slo: "paged-slo" }, {}),
    alert("ErrorBudgetBurnSlow", { ...ticket, job: "paged", slo: "paged-slo" }, {}),
    alert("TelemetryGone", { severity: "warning", symptom: "down", job: "gone" }, {}),
    alert("SLODataAbsent", { severity: "warning", symptom: "down", job: "gone", slo: "gone-slo" }, {}),
    alert("ErrorBudgetBurnSlow", { ...ticket, job: "unpaged", slo: "unpaged-slo" }, {}),
    alert("SLODataAbsent", { severity: "warning", symptom: "down", job: "never-there", slo: "absent-slo" }, {}),
  ]);
  for (const title of ["ErrorBudgetBurnFast · paged", "TelemetryGone · gone", "ErrorBudgetBurnSlow · unpaged", "SLODataAbsent · never-there"]) await arrived("slack", title);
  for (const title of ["ErrorBudgetBurnSlow · paged", "SLODataAbsent · gone"]) expect(texts("slack").some((text) => text.includes(title)), title).toBe(false);
});

test("an alert without our labels and annotations is still a readable message", async () => {
  await send([{ labels: { alertname: "Foreign" }, annotations: {}, startsAt: new Date().toISOString() }]);
  const { channel, attachments } = (await arrived("slack", "Foreign")) as SlackMessage;
  expect(channel).toBe("#alerts");
  expect(attachments[0]!.title).toBe("[ALERT] Foreign");
  expect(attachments[0]!.text).not.toMatch(/threshold|Runbook|no value/);
});

type SlackMessage = { channel: string; attachments: { title: string; text: string; color: string }[] };
type Alert = { labels: Record<string, string>; annotations: Record<string, string>; startsAt: string; endsAt?: string };

function alert(alertname: string, labels: Record<string, string>, annotations: Record<string, string>, startsAt = Date.now()): Alert {
  const common = { summary: `Summary of ${alertname}`, description: `About ${alertname}.`, runbook_url: `http://console/runbooks/${alertname}`, dashboard: "http://console/d/x" };
  return { labels: { alertname, ...labels }, annotations: { ...common, ...annotations }, startsAt: new Date(startsAt).toISOString() };
}

async function send(alerts: Alert[]): Promise<void> {
  const response = await fetch(`${api}/api/v2/alerts`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(alerts) });
  expect(response.status, await response.text()).toBe(200);
}

function texts(kind: string): string[] {
  return sink.messages.filter((message) => message.kind === kind).map(({ body }) => (typeof body === "string" ? body : JSON.stringify(body)));
}

/** The first message of this kind that contains `text`, once it is there. */
async function arrived(kind: string, text: string): Promise<unknown> {
  let index = -1;
  await until(() => (index = texts(kind).findIndex((one) => one.includes(text))) >= 0, () => `no ${kind} message with "${text}"; there are: ${texts(kind).join("\n")}`);
  return sink.messages.filter((message) => message.kind === kind)[index]!.body;
}

async function until(condition: () => boolean | Promise<boolean>, explain = () => "not in time"): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await Promise.resolve().then(condition).catch(() => false))) {
    if (Date.now() > deadline) throw new Error(explain());
    await new Promise((done) => setTimeout(done, 50));
  }
}

function decodeQuotedPrintable(text: string): string {
  const bytes = text.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
