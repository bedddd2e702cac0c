// docker-compose.yml for real, from `up --build` to `down`: what the guide promises of it. The tests go on from one another.
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { gaugeRequest, send, spanRequest } from "../support/otlp.ts";
import { inbox, json, postJson, promql } from "../support/queries.ts";
import { hasArrived, signalRows } from "../support/signals.ts";
import { leave, signIn } from "../support/visit.ts";
import { type Containers, containers } from "./containers.ts";

let system: Containers;

beforeAll(async () => {
  system = await containers();
  await system.shell("docker compose build");
});

afterAll(async () => await system?.remove());

/** Why a container is unhealthy stands in its log, and in what its checks have said. */
const up = async (): Promise<unknown> =>
  await system.shell(`docker compose --progress quiet up --detach --wait --wait-timeout 180 || {
    docker compose logs --no-color --tail 5 | cut -c1-300
    docker inspect --format '{{.Name}} {{json .State.Health}}' $(docker compose ps --quiet) | grep -v '"Status":"healthy"'
    exit 1
  }`);

const unwell = async (): Promise<unknown[]> => (await system.list()).filter(({ health, restarts, outOfMemory }) => health !== "healthy" || restarts > 0 || outOfMemory);

test("every container becomes healthy, and none is restarted on the way", async () => {
  await up();
  expect(await unwell()).toEqual([]);
});

test("no secret is in the environment of a container", async () => {
  for (const name of await readdir(join(system.folder, "secrets"))) {
    const secret = (await readFile(join(system.folder, "secrets", name), "utf8")).trim();
    expect(await system.shell("docker inspect $(docker compose ps --quiet)"), name).not.toContain(secret);
  }
});

test("a user, an API client and a failing request: every signal of test/signals.yaml arrives", async () => {
  const browser = await launchBrowser();
  try {
    await leave(await signIn(browser, system));
  } finally {
    await browser.close();
  }
  const { token } = await postJson<{ token: string }>(system.url("backend", "/api/sessions"), { name: "Grace" });
  const signedIn = { authorization: `Bearer ${token}` };
  await postJson(system.url("backend", "/api/executions"), { language: "javascript", code: "6 * 7" }, signedIn);
  await postJson(system.url("backend", "/api/assistant/messages"), { messages: [{ role: "user", content: "What is a span?" }] }, signedIn);
  await postJson(system.url("backend", "/api/projects"), { name: "kept", language: "javascript", code: "" }, signedIn);
  for (const kind of ["sync", "async"]) await fetch(system.url("backend", `/api/demo/errors/${kind}`));
  for (const row of signalRows) await eventually(`${row.signal} ${row.item} of ${row.service}`, async () => await hasArrived(system, row));
});

test("Prometheus reaches every target and Alertmanager, and all its rules evaluate", async () => {
  await eventually("all targets up", async () => (await promql(system, "up")).length === 5 && (await promql(system, "up == 0")).length === 0);
  const { data } = await json<{ data: { activeAlertmanagers: unknown[] } }>(system.url("prometheus", "/api/v1/alertmanagers"));
  expect(data.activeAlertmanagers).toHaveLength(1);
  await eventually("all rules evaluated", async () => {
    const { data } = await json<{ data: { groups: { rules: { name: string; health: string }[] }[] } }>(system.url("prometheus", "/api/v1/rules"));
    const rules = data.groups.flatMap(({ rules }) => rules);
    return rules.length > 100 && rules.every(({ health }) => health === "ok");
  });
});

test("Grafana has every dashboard, and its data source answers, for the password in the secret", async () => {
  const password = (await readFile(join(system.folder, "secrets/grafana_admin_password"), "utf8")).trim();
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}` };
  const grafana = `http://${(await system.shell("docker compose port grafana 3000")).trim()}`;
  const files = (await readdir(join(system.folder, "monitoring/grafana/dashboards"))).filter((name) => name.endsWith(".json"));
  const titles = await Promise.all(files.map(async (name) => (JSON.parse(await readFile(join(system.folder, "monitoring/grafana/dashboards", name), "utf8")) as { title: string }).title));
  const found = await json<{ title: string }[]>(`${grafana}/api/search?type=dash-db`, { headers });
  expect(found.map(({ title }) => title).sort()).toEqual(titles.sort());
  expect(await json<{ status: string }>(`${grafana}/api/datasources/uid/prometheus/health`, { headers })).toMatchObject({ status: "OK" });
  expect((await fetch(`${grafana}/api/search`)).status).toBe(401);
});

test("the pipeline is edited on the host and reloaded in the container; a bad edit changes nothing", async () => {
  const file = join(system.folder, "otel-collector/config/base.yaml");
  const before = await readFile(file, "utf8");
  await writeFile(file, before.replace("spike_limit_mib: 64", "spike_limit_mib: 900"));
  await expect(system.shell("docker compose exec -T otel-collector pipeline reload")).rejects.toThrow("spike_limit_mib");
  await writeFile(file, before.replace("spike_limit_mib: 64", "spike_limit_mib: 60"));
  expect(await system.shell("docker compose exec -T otel-collector pipeline reload")).toContain("the Collector runs with the new files");
  await eventually("a span through the new pipeline", async () => {
    await send(system.url("otlp-http"), "traces", spanRequest("compose", "after the reload", {}));
    return await hasArrived(system, { service: "compose", signal: "span", item: "after the reload" });
  });
  expect(await unwell()).toEqual([]);
});

test("edits of prometheus.yml and alertmanager.yml, by an editor that puts a new file in the place of the old, come into force at a reload", async () => {
  for (const [part, path, before, after] of [
    ["prometheus", "/api/v1/status/config", "evaluation_interval: 15s", "evaluation_interval: 10s"],
    ["alertmanager", "/api/v2/status", "resolve_timeout: 5m", "resolve_timeout: 6m"],
  ] as const) {
    const file = join(system.folder, `monitoring/${part}/${part}.yml`);
    await writeFile(`${file}.new`, (await readFile(file, "utf8")).replace(before, after));
    await rename(`${file}.new`, file);
    expect((await fetch(system.url(part, "/-/reload"), { method: "POST" })).status).toBe(200);
    expect(await (await fetch(system.url(part, path))).text(), part).toContain(after);
  }
});

test("what was sent while Prometheus was away arrives, although the Collector was killed meanwhile", async () => {
  await system.shell("docker compose stop prometheus");
  for (let n = 1; n <= 20; n += 1) expect(await send(system.url("otlp-http"), "metrics", gaugeRequest("compose", `i${n}`, "story.queued", n))).toBe(true);
  await system.shell("docker compose kill --signal KILL otel-collector");
  await up();
  await eventually("20 series", async () => (await promql(system, 'count(last_over_time(story_queued{job="compose"}[1h]))'))[0]?.value === 20);
});

test("without the backend ServiceDown goes to PagerDuty and Slack, with a runbook that opens, and ends when it is back", async () => {
  await system.shell("docker compose stop backend");
  const told = async (kind: "slack" | "pagerduty", text: string): Promise<unknown> =>
    await eventually(`${text} on ${kind}`, async () => (await inbox(system, kind)).find(({ raw }) => JSON.stringify(raw).includes(text)), 360_000);
  const [message] = await Promise.all([told("slack", "ServiceDown"), told("pagerduty", "ServiceDown")]);
  const runbook = /http:\/\/localhost:3001(\/runbooks\/ServiceDown)/.exec(JSON.stringify(message))?.[1];
  expect((await fetch(system.url("console", runbook))).status).toBe(200);
  await up();
});

test("a warning goes to Slack and by mail", async () => {
  await postJson(system.url("alertmanager", "/api/v2/alerts"), [{ labels: { alertname: "StoryWarning", severity: "warning", job: "compose" }, annotations: { summary: "a story" } }]).catch(ignoreEmptyAnswer);
  for (const kind of ["slack", "email"] as const) await eventually(`a warning by ${kind}`, async () => (await inbox(system, kind)).some(({ raw, title, text }) => JSON.stringify([raw, title, text]).includes("StoryWarning")), 120_000);
});

/** Alertmanager takes alerts without a word. */
function ignoreEmptyAnswer(error: unknown): void {
  if (!(error instanceof SyntaxError)) throw error;
}

test("a backup is taken from the containers", async () => {
  const said = await system.shell(`npm --prefix ${process.cwd()} run --silent monitoring -- backup ${system.folder}/backup --prometheus ${system.url("prometheus")} --alertmanager ${system.url("alertmanager")} --compose ${system.folder}/docker-compose.yml`);
  expect(said).toMatch(/[1-9]\d* blocks of Prometheus.*Grafana's database/);
});

test("down ends every part by itself, and up finds samples and projects again", async () => {
  await system.shell("docker compose stop");
  // 137: it had to be killed.
  expect((await system.list()).filter(({ exitCode }) => exitCode === 137).map(({ service }) => service)).toEqual([]);
  await system.shell("docker compose down");
  await up();
  expect((await promql(system, 'count(last_over_time(story_queued{job="compose"}[1h]))'))[0]?.value).toBe(20);
  expect(await system.shell(`docker compose exec -T postgres psql -U helloagents -tAc "SELECT count(*) FROM projects WHERE name = 'kept'"`)).toMatch(/^1$/m);
  expect(await unwell()).toEqual([]);
});
