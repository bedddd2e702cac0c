import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAlertmanager } from "./alertmanager-process.ts";
import { caseLabel, isolate, locationsOf } from "./isolate.ts";
import type { Case, TestAlert } from "./case-file.ts";
import { difference, missing, type Difference } from "./compare.ts";
import { greetingOf, startRecorder, type Recorder, type Sent } from "./recorder.ts";
import { speedOf, zoneOf } from "./telling.ts";
import { writeTimeZone } from "./time-zone.ts";

/** How a case went; `at_ms`: the moment at which it failed. `sent`: all its messages, with the moment (ms) by which each had come. */
export type Outcome = { case: Case; failure?: Difference & { at_ms: number }; sent: (Sent & { at_ms: number })[] };

/** How long a message may be late before it is missing. */
const patience_ms = 15_000;

/** How much slower a case that failed is told again. */
const secondTime = 3;

/**
 * Tells all cases at once, and those that fail once more and slower: on a busy machine a message can come after the moment that it belongs to.
 * What is wrong with the routes fails again. @throws {Error} as `tellCases`
 */
export async function runCases(cases: Case[], config: Record<string, unknown>, file: string): Promise<Outcome[]> {
  const outcomes = await tellCases(cases, config, file, 1);
  const failed = outcomes.filter(({ failure }) => failure).map((outcome) => outcome.case);
  if (failed.length === 0) return outcomes;
  const again = await tellCases(failed, config, file, secondTime);
  return outcomes.map((outcome) => again.find((other) => other.case === outcome.case) ?? outcome);
}

/**
 * Tells all cases at once to one real Alertmanager that runs `config` (as read from `file`; see `isolate` for what is changed).
 * @throws {Error} when Alertmanager is not there or refuses the configuration
 */
async function tellCases(cases: Case[], config: Record<string, unknown>, file: string, slower: number): Promise<Outcome[]> {
  const speeds = cases.map((one) => speedOf(one) / slower);
  const folder = mkdtempSync(join(tmpdir(), "routes-test-"));
  const zones = join(folder, "zones");
  mkdirSync(zones);
  const recorder = await startRecorder();
  const configFile = join(folder, "alertmanager.yml");
  const write = (content: object): void => writeFileSync(configFile, JSON.stringify(content));
  try {
    write({ route: { receiver: "none" }, receivers: [{ name: "none" }] });
    const alertmanager = await startAlertmanager(folder, zones);
    try {
      const outlets = { http: (index: number, kind: string, receiver: string): string => `${recorder.httpUrl}/${index}/${kind}/${encodeURIComponent(receiver)}`, smtpAddress: recorder.smtpAddress, greeting: greetingOf };
      const names = new Map(locationsOf(config).map((location, index) => [location, `place-${index}`]));
      write(isolate(config, file, speeds.map((speed, index) => ({ speed, zoneOf: (location) => `case-${index}/${names.get(location)}` })), outlets));
      // The clocks of the zones have to be set before they are read; on a slow machine the second or third try is in time.
      let begin_ms = 0;
      for (let ahead_s = 1; Date.now() > begin_ms - 100; ahead_s *= 3) {
        begin_ms = (Math.ceil(Date.now() / 1000) + ahead_s) * 1000;
        cases.forEach((one, index) => names.forEach((name, location) => writeTimeZone(zones, `case-${index}/${name}`, zoneOf(one, speeds[index]!, begin_ms, location))));
        await alertmanager.reload();
      }
      await until(begin_ms);
      return await Promise.all(cases.map(async (one, index) => await tell(one, index, speeds[index]!, alertmanager.url, recorder)));
    } finally {
      await alertmanager.stop();
    }
  } finally {
    await recorder.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function tell(told: Case, index: number, speed: number, url: string, recorder: Recorder): Promise<Outcome> {
  const outcome: Outcome = { case: told, sent: [] };
  let begin_ms = Date.now() - told.moments[0]!.at_ms / speed;
  let seen = 0;
  for (const { at_ms, firing, resolved, silences, messages, line } of told.moments) {
    await until(begin_ms + at_ms / speed);
    if (messages !== undefined) {
      const due_ms = Date.now();
      while (missing(messages, recorder.sent(index).slice(seen)).missing.length > 0 && Date.now() < due_ms + patience_ms) await until(Date.now() + 20);
      // What comes after a late message is as late.
      begin_ms += Date.now() - due_ms;
    }
    const sent = recorder.sent(index).slice(outcome.sent.length);
    outcome.sent.push(...sent.map((message) => ({ ...message, at_ms })));
    if (messages !== undefined) {
      const wrong = difference(messages, outcome.sent.slice(seen), line);
      if (wrong) {
        const states = await statesOf(url, index);
        outcome.failure = { ...wrong, text: [wrong.text, ...states].join("\n"), at_ms };
        return outcome;
      }
      seen = outcome.sent.length;
    }
    for (const { matchers, for_ms } of silences) await post(`${url}/api/v2/silences`, { matchers: [...matchers, { name: caseLabel, value: String(index), isRegex: false, isEqual: true }], startsAt: iso(Date.now()), endsAt: iso(Date.now() + for_ms / speed), createdBy: "routes test", comment: told.name });
    const now = Date.now();
    const alerts = [
      ...firing.map((alert) => asSent(alert, index, { startsAt: iso(alert.since ?? now), endsAt: iso(now + 3_600_000) })),
      ...resolved.map((alert) => asSent(alert, index, { startsAt: iso(alert.since ?? now - 1), endsAt: iso(alert.until ?? now) })),
    ];
    if (alerts.length > 0) await post(`${url}/api/v2/alerts`, alerts);
  }
  return outcome;
}

function asSent({ labels, annotations }: TestAlert, index: number, times: { startsAt: string; endsAt: string }): object {
  return { labels: { ...labels, [caseLabel]: String(index) }, annotations, ...times };
}

/** One line for each alert of the case that Alertmanager holds back, and why. */
async function statesOf(url: string, index: number): Promise<string[]> {
  type Alert = { labels: Record<string, string>; fingerprint: string; status: { inhibitedBy?: string[]; silencedBy?: string[]; mutedBy?: string[] } };
  // Groups, because only they tell of time intervals.
  const answer = await fetch(`${url}/api/v2/alerts/groups?filter=${encodeURIComponent(`${caseLabel}="${index}"`)}`);
  const alerts = ((await answer.json()) as { alerts: Alert[] }[]).flatMap((group) => group.alerts);
  const nameOf = (fingerprint: string): string => alerts.find((alert) => alert.fingerprint === fingerprint)?.labels["alertname"] ?? fingerprint;
  return alerts.flatMap(({ labels, status: { inhibitedBy = [], silencedBy = [], mutedBy = [] } }) => [
    ...inhibitedBy.map((one) => `${labels["alertname"]} is inhibited by ${nameOf(one)}`),
    ...silencedBy.map(() => `${labels["alertname"]} is silenced`),
    ...mutedBy.map((interval) => `${labels["alertname"]} is muted by the time interval ${interval.replace(/~routes-test.*/, "")}`),
  ]);
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status} to ${new URL(url).pathname}: ${await answer.text()}`);
}

const iso = (ms: number): string => new Date(ms).toISOString();

async function until(ms: number): Promise<void> {
  if (ms > Date.now()) await new Promise((done) => setTimeout(done, ms - Date.now()));
}
