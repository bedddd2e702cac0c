// The console as one product: from an alert to its dashboard, traces and issues and back, and a silence that holds in Alertmanager.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { faultsOf, launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { inbox, json, promql } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";

let browser: Browser;
let page: Page;
let faults: string[];
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => await browser?.close());
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  faults = faultsOf(page);
});
afterEach(async () => await page.close());

/** What is read may come a moment after what was done: it is polled for so long. */
const until = { timeout: 60_000 };

const at = (path: string): string => sharedStack().url("console", path);

interface Silence {
  id: string;
  status: { state: string };
  comment: string;
  matchers: { name: string; value: string }[];
}

test("a silence made in the console holds in Alertmanager, and ends there", async () => {
  const comment = `maintenance ${Date.now()}`;
  const own = async (): Promise<Silence | undefined> => (await json<Silence[]>(sharedStack().url("alertmanager", "/api/v2/silences"))).find((silence) => silence.comment === comment);
  await page.goto(at("/alerts"));
  await page.getByRole("button", { name: "Silence Watchdog" }).click({ timeout: 60_000 });
  await expect.poll(() => page.getByLabel("Value of alertname").inputValue(), until).toBe("Watchdog");
  await page.getByRole("button", { name: "Silence", exact: true }).click();
  await page.getByText("say in comment why it is silenced").waitFor();
  await page.getByLabel("Why").fill(comment);
  await page.getByLabel("For how long").selectOption("1");
  await page.getByRole("button", { name: "Silence", exact: true }).click();
  await page.getByText(comment).waitFor();
  await expect.poll(own, until).toMatchObject({ status: { state: "active" }, matchers: [{ name: "alertname", value: "Watchdog" }] });
  await page.locator(".alert-row").filter({ hasText: "Watchdog" }).getByText("silenced", { exact: true }).waitFor();
  await page.getByRole("listitem").filter({ hasText: comment }).getByRole("button", { name: /^End the silence of/ }).click();
  await eventually("the end of the silence", async () => (await own())?.status.state === "expired");
  await page.getByText(comment).waitFor({ state: "detached" });
  // The refusal above is an answer of 400, which browsers report; nothing else went wrong.
  expect(faults.filter((fault) => !fault.includes("400"))).toEqual([]);
});

test("an alert leads to its dashboard, traces and issues at its time", async () => {
  await page.goto(at("/alerts?q=Watchdog"));
  const firing = page.getByRole("region", { name: "Firing" }).or(page.locator("section", { has: page.getByRole("heading", { name: "Firing" }) })).first();
  await firing.getByText("Watchdog").first().waitFor({ timeout: 60_000 });
  await expect.poll(() => firing.getByRole("link", { name: "Traces" }).getAttribute("href"), until).toMatch(/^\/traces\?.*from=\d{13}&to=now/);
  await expect.poll(() => firing.getByRole("link", { name: "Issues" }).getAttribute("href"), until).toMatch(/^\/issues\?.*from=\d{13}&to=now/);
  await firing.getByRole("link", { name: "Dashboard" }).click();
  await page.getByRole("heading", { level: 1, name: "Pipeline Health" }).waitFor();
  await page.waitForURL(/\/dashboards\/pipeline-health\?from=\d{13}&to=now/);
  expect(faults).toEqual([]);
});

test("a rule that the address names is open, with its expression and its runbook", async () => {
  await page.goto(at("/alerts?q=HighErrorRate"));
  await page.getByText("http_response_status_code=~").first().waitFor();
  await expect.poll(() => page.locator(".rule[open]").getByRole("link", { name: "Dashboard" }).getAttribute("href"), until).toBe("/dashboards/api-performance");
  await page.getByRole("link", { name: "Runbook", exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: "HighErrorRate" }).waitFor();
  expect(faults).toEqual([]);
});

test("a failed request: from its trace to the issue, to the figures around it, and back to traces", async () => {
  await fetch(sharedStack().url("backend", "/api/demo/errors/sync"));
  const trace = await eventually("the failed trace", async () => (await json<{ traceId: string; rootName: string }[]>(at("/api/traces?q=demo&error=true&limit=20")))[0]);
  await eventually("its issue", async () => (await json<{ id: string }[]>(at(`/api/issues?traceId=${trace.traceId}`))).length > 0);
  // The dashboard looks at fixed minutes, so it asks once.
  await eventually("its route's figures", async () => (await promql(sharedStack(), 'job_route_code:http_server_requests:increase1m{http_route=~"/api/demo/errors.*"}')).length > 0);
  await page.goto(at(`/traces/${trace.traceId}`));
  await page.locator(".trace-issue").first().click();
  await page.waitForURL(/\/issues\//);
  await page.getByRole("link", { name: "Figures around it" }).first().click();
  await page.getByRole("heading", { level: 1, name: "API Performance" }).waitFor();
  await page.waitForURL(({ searchParams }) => Number(searchParams.get("to")) - Number(searchParams.get("from")) === 3_600_000);
  await page.getByRole("link", { name: /\/api\/demo\/errors/ }).first().click();
  await page.waitForURL(/\/traces\?q=/);
  // The search and its range go along: to a trace and back to the list; the range alone to its issue, and back to the issues of that time.
  const range = `from=${new URL(page.url()).searchParams.get("from")}&to=${new URL(page.url()).searchParams.get("to")}`;
  await page.getByRole("link", { name: /demo\/errors/ }).first().click();
  await page.waitForURL((url) => url.pathname.startsWith("/traces/") && url.search.includes(range));
  await expect.poll(() => page.locator(".back-link").getAttribute("href"), until).toMatch(new RegExp(`^/traces\\?q=[^&]+&${range}$`));
  await page.locator(".trace-issue").first().click();
  await page.waitForURL((url) => url.pathname.startsWith("/issues/") && url.search.includes(range));
  await page.locator(".back-link").click();
  await page.waitForURL((url) => url.pathname === "/issues" && url.search.includes(range));
  expect(faults).toEqual([]);
});

const failedTraces = async (service: string): Promise<number> => (await json<unknown[]>(at(`/api/traces?service=${service}&error=true`))).length;

test("an alert's message leads in one click to a trace that failed and back; one whose service has none says what was looked for", async () => {
  await fetch(sharedStack().url("backend", "/api/demo/errors/sync"));
  await eventually("a failed trace", async () => (await failedTraces("helloagents-api")) > 0);
  const startsAt = new Date(Date.now() - 600_000).toISOString();
  // No severity: in Slack alone, and at once because it began a while ago. The address of the runbook says where the console is.
  const fire = async (job: string, endsAt?: string): Promise<Response> => {
    const alert = { labels: { alertname: "ExampleTraceStory", job, symptom: "errors" }, annotations: { summary: "Requests fail", description: "Requests fail.", runbook_url: at("/runbooks/HighErrorRate") }, startsAt, endsAt };
    return await fetch(sharedStack().url("alertmanager", "/api/v2/alerts"), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify([alert]) });
  };
  const openTrace = async (job: string): Promise<string> => {
    expect((await fire(job)).status).toBe(200);
    const { id } = await eventually(`the message about ${job}`, async () => (await inbox(sharedStack(), "slack")).find(({ title }) => title.includes(`ExampleTraceStory · ${job}`)));
    await page.goto(at(`/inbox/${id}`));
    await page.locator(".slack-actions").getByRole("link", { name: "Trace", exact: true }).click();
    return id;
  };
  try {
    const id = await openTrace("helloagents-api");
    await page.waitForURL(/\/traces\/[0-9a-f]{32}\?service=helloagents-api&error=true&from=\d{13}&to=now$/);
    await page.getByRole("button", { name: /^helloagents-api: .*, failed$/ }).first().waitFor();
    await page.getByRole("link", { name: "All traces of helloagents-api with errors" }).waitFor();
    await page.goBack();
    await page.waitForURL(at(`/inbox/${id}`));

    expect(await failedTraces("quiet-service")).toBe(0);
    await openTrace("quiet-service");
    await page.waitForURL(/\/traces\?service=quiet-service&error=true&from=\d{13}&to=now$/);
    await page.getByText("No trace matches").waitFor();
    await page.getByText("Looked for traces of quiet-service with errors, in the time above.").waitFor();
    expect(faults).toEqual([]);
  } finally {
    for (const job of ["helloagents-api", "quiet-service"]) await fire(job, new Date().toISOString());
  }
});

test("traces are found by service, route, duration and error; a failed one shows its exception as log and on its span", async () => {
  await fetch(sharedStack().url("backend", "/api/demo/errors/sync"));
  const found = async (query: string): Promise<{ services: { name: string }[]; durationMs: number; errorCount: number }[]> => await json(at(`/api/traces?${query}`));
  await eventually("a failed trace", async () => (await found("q=demo/errors&error=true")).length > 0);
  await page.goto(at("/traces"));
  await page.getByRole("combobox", { name: "Service" }).selectOption("helloagents-api");
  await page.getByRole("checkbox", { name: "only with errors" }).check();
  await page.getByRole("searchbox", { name: "Find words in the names of spans" }).fill("demo/errors");
  await page.waitForURL(/service=helloagents-api&error=true&q=demo%2Ferrors/);
  for (const { services, errorCount } of await found("service=helloagents-api&error=true&q=demo/errors")) {
    expect(errorCount).toBeGreaterThan(0);
    expect(services.map(({ name }) => name)).toContain("helloagents-api");
  }
  for (const { durationMs } of await found("minDurationMs=50")) expect(durationMs).toBeGreaterThanOrEqual(50);
  await page.locator(".trace-row").filter({ hasText: "demo/errors" }).first().click();
  await page.getByRole("heading", { name: "Logs" }).waitFor();
  await page.locator(".log-row").filter({ hasText: "exception" }).first().waitFor();
  await page.getByRole("button", { name: /^helloagents-api: .*demo\/errors.*failed/ }).first().click();
  await page.locator(".span-detail").getByText("exception.stacktrace").first().waitFor();
  expect(faults).toEqual([]);
});

test("home: parts, objectives and firing alerts at a glance", async () => {
  await page.goto(at("/"));
  for (const name of ["Objectives", "Firing alerts", "Parts"]) await page.getByRole("heading", { name }).waitFor({ timeout: 60_000 });
  await page.getByText("api-availability").waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "Objectives" }).click();
  await page.getByRole("heading", { level: 1, name: "SLO Dashboard" }).waitFor();
  expect(faults).toEqual([]);
});
