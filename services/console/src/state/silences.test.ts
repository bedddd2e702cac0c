import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLocalConsole, type LocalConsole } from "../demo/local-console.ts";
import { readAlertRules } from "./alert-rules.ts";

let alertmanager: Server;
let local: LocalConsole;
let asked: { method: string; url: string; body: string }[];
let answer: (request: IncomingMessage) => [status: number, body: unknown];

beforeEach(async () => {
  asked = [];
  alertmanager = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => {
      asked.push({ method: req.method ?? "", url: req.url ?? "", body });
      const [status, text] = answer(req);
      res.writeHead(status).end(text === undefined ? "" : JSON.stringify(text));
    });
  });
  await new Promise<void>((done) => alertmanager.listen(0, "127.0.0.1", done));
  local = await startLocalConsole({ alertmanagerUrl: `http://127.0.0.1:${(alertmanager.address() as AddressInfo).port}` });
});
afterEach(async () => {
  await local.stop();
  alertmanager.close();
});

const post = async (body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: { error?: string; silenceID?: string } }> => {
  const response = await fetch(`${local.url}/api/silences`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as { error?: string; silenceID?: string } };
};
const whole = { matchers: [{ name: "alertname", value: "HighErrorRate" }], hours: 2, comment: "upgrade" };

test("a silence is what Alertmanager wants: matchers, both ends, who and why", async () => {
  answer = () => [200, { silenceID: "abc" }];
  expect(await post(whole)).toEqual({ status: 201, body: { silenceID: "abc" } });
  expect(asked[0]).toMatchObject({ method: "POST", url: "/api/v2/silences" });
  const sent = JSON.parse(asked[0]!.body) as { startsAt: string; endsAt: string };
  expect(sent).toMatchObject({ matchers: [{ name: "alertname", value: "HighErrorRate", isRegex: false, isEqual: true }], createdBy: "console", comment: "upgrade" });
  expect(Date.parse(sent.endsAt) - Date.parse(sent.startsAt)).toBe(7_200_000);
});

test.each([
  [{ ...whole, matchers: [] }, "at least one label"],
  [{ ...whole, hours: 0 }, "hours has to be a number above 0"],
  [{ ...whole, comment: " " }, "say in comment why"],
  [{ ...whole, matchers: [{ name: "job" }] }, "a name and a value"],
])("what is missing is named: %j", async (body, words) => {
  answer = () => [200, {}];
  expect(await post(body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(words) as string } });
  expect(asked).toEqual([]);
});

test("Alertmanager's refusal and absence reach the form; other pages may not silence", async () => {
  answer = () => [400, "bad matcher format"];
  expect(await post(whole)).toMatchObject({ status: 422, body: { error: "Alertmanager refused: bad matcher format" } });
  expect((await post(whole, { origin: "http://localhost:1" })).status).toBe(403);
  alertmanager.close();
  alertmanager.closeAllConnections();
  expect(await post(whole)).toMatchObject({ status: 424, body: { error: expect.stringContaining("nothing listens there") as string } });
});

test("what has ended is not listed, and one can be ended", async () => {
  answer = (req) => (req.method === "DELETE" ? [200, undefined] : [200, [{ id: "a", status: { state: "expired" }, matchers: [], endsAt: "2026-01-01T00:00:00Z" }, { id: "b", status: { state: "active" }, matchers: [], endsAt: "2026-01-02T00:00:00Z" }]]);
  const { silences } = (await (await fetch(`${local.url}/api/silences`)).json()) as { silences: { id: string; state: string }[] };
  expect(silences.map(({ id, state }) => [id, state])).toEqual([["b", "active"]]);
  expect((await fetch(`${local.url}/api/silences/b`, { method: "DELETE" })).status).toBe(204);
  expect(asked.at(-1)).toMatchObject({ method: "DELETE", url: "/api/v2/silence/b" });
});

function rule(name: string, state: string, more: object = {}): object {
  return { name, state, query: "up == 0", duration: 120, labels: { severity: "critical" }, annotations: { summary: "{{ $labels.job }} is down" }, ...more };
}

test("rules of one name are one row, the worst state first; a rule that cannot be evaluated says so", async () => {
  answer = () => [200, { data: { groups: [{ rules: [rule("B", "inactive"), rule("B", "pending", { alerts: [{ labels: { job: "a" }, annotations: { summary: "a is down", value: "no answer" }, state: "pending", activeAt: "2026-01-01T00:00:00Z" }] })] }, { rules: [rule("A", "inactive"), rule("C", "inactive", { lastError: "many-to-many" })] }] } }];
  const { rules } = await readAlertRules(`http://127.0.0.1:${(alertmanager.address() as AddressInfo).port}`);
  expect(rules.map(({ name, state, summary, active }) => [name, state, summary, active.length])).toEqual([["C", "inactive", "… is down", 0], ["B", "pending", "a is down", 1], ["A", "inactive", "… is down", 0]]);
});
