import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "../files.ts";
import { readCaseFile } from "./case-file.ts";
import { committed } from "./test-routes.ts";

const folder = mkdtempSync(join(tmpdir(), "routes-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function testRoutes(...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => {
    execFile(process.execPath, [join(root, "src/main.ts"), "test", "routes", ...args], { cwd: folder, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }));
  });
}

/** Writes a file into the folder and gives its name. */
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

test("the committed routes and messages are as the cases say", async () => {
  const { code, text } = await testRoutes();
  expect(text).toMatch(/(\d+) of \1 cases as expected/);
  expect(code).toBe(0);
}, 240_000);

/** Names of the cases that a change of alertmanager.yml turns red. */
const changes: [string, string, string][] = [
  ["end_time: \"18:00\"", 'end_time: "19:00"', "Info waits at six in the evening"],
  ["monday:friday", "monday:saturday", "Info waits on a Saturday"],
  ["equal: [symptom, job]", "equal: [symptom]", "A critical alert keeps warnings of the same symptom and service quiet until it is over"],
  ["repeat_interval: 2h", "repeat_interval: 40m", "A page comes again after two hours, a warning does not yet"],
];

test("changed routes are noticed, each by its case, with the line and the message", async () => {
  const original = readFileSync(committed.config, "utf8");
  const changed = changes.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, original.replace("templates/*.tmpl", join(root, "alertmanager/templates/*.tmpl")));
  const { code, text } = await testRoutes("--config", file("changed.yml", changed));
  expect(code).toBe(1);
  for (const [, , name] of changes) expect(text).toMatch(new RegExp(`routes\\.test\\.yaml:\\d+: ${name}, at \\d+`));
  expect(text).toContain(`of ${casesCommitted()} cases as expected`);
  expect(text).toMatch(/not expected: slack to #alerts \(receiver slack-alerts\)\n +\[INFO\] CertificateExpiresSoon/);
}, 240_000);

const foreign = `
global: {http_config: {proxy_url: "http://proxy.invalid:3128"}, opsgenie_api_key: secret}
route:
  receiver: chat
  group_wait: 30s
  routes:
    - match: {team: a}
      receiver: team-a
      active_time_intervals: [office]
receivers:
  - name: chat
    webhook_configs: [{url: "http://chat.invalid/", http_config: {bearer_token: x}}]
  - name: team-a
    opsgenie_configs: [{responders: [{type: team, name: a}]}]
    pagerduty_configs: [{service_key: events-v1-key}]
time_intervals:
  - {name: office, time_intervals: [{times: [{start_time: "09:00", end_time: "17:00"}], location: Asia/Tokyo}]}
`;
const foreignCases = `
alerts:
  ours: {labels: {alertname: Ours, team: a}}
  theirs: {labels: {alertname: Theirs}}
cases:
  - name: in Tokyo's office hours
    clock: Monday 09:30 Asia/Tokyo
    timeline:
      - {at: 0m, firing: [ours, theirs]}
      - at: 10m
        messages: [{receiver: team-a, has: firing alertname=Ours}, {pagerduty: trigger}, {webhook: chat, has: alertname=Theirs}]
  - name: in the night of Tokyo
    clock: Monday 09:30
    timeline:
      - {at: 0m, firing: [ours]}
      - at: 10m
        messages: [{pagerduty: trigger, has: [these words, alertname]}]
`;

test("a configuration of others: other kinds of receivers, Events v1, a proxy; and what is missing is said with its reason", async () => {
  const { code, text } = await testRoutes(file("cases.yaml", foreignCases), "--config", file("foreign.yml", foreign));
  expect(text).toMatch(/^cases\.yaml:17: in the night of Tokyo, at 10m:\n {4}missing: pagerduty trigger \(line 17\) with these words, alertname\n {4}Ours is muted by the time interval office\n/m);
  expect(text).toContain("1 of 2 cases as expected");
  expect(code).toBe(1);
}, 240_000);

test("wrong files and wrong use: line and remedy, exit code", async () => {
  expect(await testRoutes(file("wrong.yaml", "alerts: {}\ncases: [{name: x, timelin: []}]\n"))).toMatchObject({ code: 1, text: expect.stringContaining('wrong.yaml:2: unknown key "timelin" in cases.0; did you mean "timeline"?') });
  const uneven = 'alerts: {a: {labels: {alertname: A}}}\ncases:\n  - name: uneven\n    timeline: [{at: 0s}, {at: 1s}, {at: 24h}]\n';
  expect(await testRoutes(file("uneven.yaml", uneven))).toMatchObject({ code: 1, text: expect.stringMatching(/^uneven\.yaml:3: "uneven" would take \d+ s.*split the case/) });
  expect(await testRoutes("--config", file("none.yml", "groups: []\n"))).toMatchObject({ code: 1, text: expect.stringContaining("none.yml:1: no configuration of Alertmanager") });
  expect(await testRoutes("--config", file("refused.yml", "route: {receiver: gone}\nreceivers: [{name: there}]\n"))).toMatchObject({ code: 2, text: expect.stringMatching(/Alertmanager refuses its configuration: .*undefined receiver/) });
  expect(await testRoutes("missing.yaml")).toMatchObject({ code: 2, text: expect.stringContaining("missing.yaml") });
}, 240_000);

function casesCommitted(): number {
  const read = readCaseFile(readFileSync(committed.cases, "utf8"));
  return "cases" in read ? read.cases.length : 0;
}
