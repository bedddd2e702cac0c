import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { buildPage, faultsOf, launchChromium, overflow, settled } from "../demo/browser.ts";
import { startLocalConsole, type LocalConsole } from "../demo/local-console.ts";
import { FAILED_TRACE_ID, sendDemo } from "../demo/send.ts";
import { projectTrace } from "../demo/traces.ts";

// The page as built, in Chromium: what people see, and that nothing goes wrong unseen.

vi.setConfig({ testTimeout: 120_000 });

const dir = mkdtempSync(join(tmpdir(), "console-walk-"));
const pageDir = join(dir, "dist");
let browser: Browser;
let local: LocalConsole;
let page: Page;
let faults: string[];

beforeAll(async () => {
  await buildPage(pageDir);
  browser = await launchChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true });
});

beforeEach(async () => {
  const partsFile = join(dir, "parts.json");
  writeFileSync(partsFile, JSON.stringify({ parts: [{ name: "backend", state: "restarting", restarts: 2, message: "ended with code 1", since: new Date().toISOString() }], links: [{ name: "Prometheus", url: "http://localhost:9090" }], ready: false }));
  local = await startLocalConsole({ pageDir, partsFile });
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  faults = faultsOf(page, local.url);
});
afterEach(async () => {
  await page.close();
  await local.stop();
});

const see = (text: string | RegExp) => page.getByText(text).first().waitFor();
/** What is read may come a moment after what was done: it is polled for so long. */
const until = { timeout: 30_000 };

/** Controls that a screen reader could not name. */
const nameless = () =>
  page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input, select, iframe")]
      .filter((element) => !(element.getAttribute("aria-label") ?? element.getAttribute("title") ?? element.textContent)?.trim() && !element.closest("label"))
      .map((element) => element.outerHTML.slice(0, 120)),
  );

test("before anything has happened every section says how to make something happen", async () => {
  for (const [path, words] of [["/", "Nothing has been sent yet"], ["/inbox", "Everything that would go to Sentry"], ["/issues", "No errors so far"], ["/traces", "No traces yet"], ["/dashboards", "HelloAgents Overview"], ["/alerts", "No alert can be sent while it is away."], ["/nowhere", "There is no page at /nowhere"]] as const) {
    await page.goto(local.url + path);
    await see(words);
    expect([path, await nameless()]).toEqual([path, []]);
  }
  await page.goto(`${local.url}/alerts`);
  await see("Not known while Alertmanager is away.");
  await see("Not known while Prometheus is away.");
  expect(await page.locator(".count").count()).toBe(0);
  expect(faults).toEqual([]);
});

test("an address that leads nowhere says so, also one that cannot be read", async () => {
  for (const path of ["/issues/%E0%A4%A", "/%", "/runbooks/%E0%A4%A", "/d/%FF", "/inbox/a/b/c", "/nowhere?q=%E0"]) {
    await page.goto(local.url + path);
    await page.getByRole("heading", { level: 1, name: "Nothing here" }).waitFor();
    await see(`There is no page at ${path.split("?")[0]}`);
  }
  await page.getByRole("link", { name: "Go to Home" }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
});

test("home: parts, what is away and why, latest messages", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(local.url);
  await see("ended with code 1");
  await see("Prometheus at http://127.0.0.1:2 cannot be asked: nothing listens there.");
  await see("Alertmanager at http://127.0.0.1:2 cannot be asked");
  await see("[CRITICAL] HighErrorRate · helloagents-api: 6.2% of requests fail");
  await page.getByRole("link", { name: /ProjectNotCreatedError/ }).click();
  await see("createProjectRoute");
  await page.waitForURL(/\/inbox\/./);
  expect(faults).toEqual([]);
});

test("a dashboard says what is away, on each panel; one that is not there, where to look", async () => {
  await page.goto(`${local.url}/dashboards/helloagents-overview`);
  await see("Prometheus at http://127.0.0.1:2 cannot be asked: nothing listens there.");
  await expect.poll(() => page.locator("section.panel").count(), until).toBeGreaterThan(15);
  expect(await nameless()).toEqual([]);
  expect(faults).toEqual([]);
  await page.goto(`${local.url}/dashboards/nothing`);
  await see(/there is no dashboard nothing; \/dashboards lists those of/);
});

test("inbox: each kind as its reader sees it, raw, filtered, by keyboard and live", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(`${local.url}/inbox`);
  const detail = page.locator(".inbox-detail");

  const choose = async (kind: string) => {
    await page.getByRole("button", { name: new RegExp(`^${kind}`) }).click();
    await page.getByRole("button", { name: new RegExp(`^${kind}`), pressed: true }).waitFor();
  };

  await choose("Slack");
  await page.getByRole("link", { name: /HighErrorRate/ }).click();
  await detail.getByText("Alertmanager").waitFor();
  await expect.poll(() => detail.getByRole("link", { name: "[CRITICAL] HighErrorRate · helloagents-api" }).getAttribute("href"), until).toBe("http://localhost:3000/runbooks/HighErrorRate");
  await expect.poll(() => detail.locator(".slack-text strong").first().textContent(), until).toBe("Value");
  await expect.poll(() => detail.locator(".slack-actions a").allTextContents(), until).toEqual(["Runbook 📖", "Silence 🔕"]);
  await detail.getByRole("button", { name: "Raw JSON" }).click();
  await detail.getByText('"mrkdwn_in"').waitFor();

  await choose("PagerDuty");
  await page.locator("a.inbox-row").first().click();
  await detail.getByText("Open", { exact: true }).waitFor();
  await detail.getByText("6.2% of requests to helloagents-api answered with 5xx").waitFor();

  await choose("E-mail");
  await page.locator("a.inbox-row").first().click();
  await page.frameLocator("iframe").getByRole("heading", { name: /SandboxPoolDepleted/ }).waitFor();

  await choose("All");
  await page.locator("a.inbox-row").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await detail.getByRole("heading", { name: /HighErrorRate/ }).waitFor();

  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await fetch(`${local.url}/slack/x`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"while you look"}' });
  await page.locator("a.inbox-row").first().getByText("while you look").first().waitFor();
  await page.getByLabel("Find words in messages").fill("nothing like this");
  await see("No message matches");

  expect(await nameless()).toEqual([]);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Clear" }).click();
  await see("Nothing has been sent yet");
  expect(local.stores.inbox.count("slack")).toBe(0);
  expect(faults).toEqual([]);
});

test("a message cannot run script or load anything", async () => {
  const { createTransport } = await import("nodemailer");
  await createTransport({ host: "127.0.0.1", port: local.smtpPort, ignoreTLS: true }).sendMail({ from: "a@example.com", to: "b@example.com", subject: "<img src=x onerror=alert(1)>", html: '<h1>hello</h1><a href="javascript:alert(1)">x</a><form action="/api/inbox"></form>' });
  await fetch(`${local.url}/slack/x`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "<javascript:alert(1)|click> <script>alert(1)</script>", attachments: [{ title: "t", title_link: "javascript:alert(1)", actions: [{ text: "b", url: "javascript:alert(1)" }] }] }) });
  await page.goto(`${local.url}/inbox`);
  await page.locator("a.inbox-row").first().click();
  await page.locator(".slack").waitFor();
  expect(await page.locator('.slack a, .slack script').count()).toBe(0);
  await page.locator("a.inbox-row").last().click();
  await page.frameLocator("iframe").getByRole("heading", { name: "hello" }).waitFor();
  expect(await page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-scripts");
  expect(faults).toEqual([]);
});

test("issues: grouped list, chain with own frames first, over to the trace and back", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(`${local.url}/issues`);
  await see("3 issues");
  await page.getByLabel("Find words in issues").fill("project");
  await page.getByRole("link", { name: /ProjectNotCreatedError/ }).click();
  await page.getByRole("heading", { level: 1, name: "ProjectNotCreatedError" }).waitFor();
  await see("9 events");
  await expect.poll(() => page.locator(".exception h2").allTextContents(), until).toEqual(["ProjectNotCreatedError", "DatabaseError"]);
  await expect.poll(() => page.locator(".exception").first().locator(".frame-function").allTextContents(), until).toEqual(["createProject", "createProjectRoute"]);
  await expect.poll(() => page.locator(".source-here").textContent(), until).toContain("throw new ProjectNotCreatedError");
  await page.getByRole("button", { name: "Show 3 frames of libraries" }).click();
  await expect.poll(() => page.locator(".exception").first().locator(".frame").count(), until).toBe(5);
  for (const fact of ["helloagents-api@0.1.0", "id u-1842", "0f6c2f9e7d1b4a53", "/projects"]) await see(fact);
  expect(await nameless()).toEqual([]);

  await page.getByRole("link", { name: FAILED_TRACE_ID }).click();
  await see("9 spans");
  await page.getByRole("link", { name: /ProjectNotCreatedError/ }).click();
  await page.getByRole("heading", { level: 1, name: "ProjectNotCreatedError" }).waitFor();
  expect(faults).toEqual([]);
});

test("traces: list, filters, waterfall with errors, a span's details, folding by keyboard", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(`${local.url}/traces`);
  await see("14 traces");
  await page.getByLabel("only with errors").check();
  await see("3 traces");
  await page.getByLabel("Service", { exact: true }).selectOption("helloagents-web");
  await page.getByRole("link", { name: /click Create project/ }).first().click();
  await expect.poll(() => page.locator(".waterfall .span-button").count(), until).toBe(9);
  await expect.poll(() => page.locator(".span-failed b").allTextContents(), until).toEqual(["POST /projects", "pg.query:INSERT projects"]);

  await page.getByRole("button", { name: "helloagents-api: POST /projects, 340 ms, failed" }).click();
  const detail = page.getByRole("region", { name: "Span POST /projects" });
  await detail.getByText("project 4711 could not be created", { exact: false }).first().waitFor();
  await detail.getByText("u-1842").waitFor();
  await page.waitForURL(/span=00f067aa0ba902b7/);

  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => page.locator(".span-button").count(), until).toBe(4);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.locator(".span-button").count(), until).toBe(9);
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")), until).toContain("middleware - authenticate");
  expect(await nameless()).toEqual([]);

  await page.goto(`${local.url}/traces/${"9".repeat(32)}`);
  await page.getByRole("heading", { level: 1, name: "Trace" }).waitFor();
  await see("it has not arrived yet");
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
});

test("the example trace of an alert: a failed one, all that match, back to the message; none is said, and found once it comes", async () => {
  await sendDemo(local.url, local.smtpPort);
  const from = Date.now() - 3_600_000;
  const button = async (search: string) => {
    const url = `${local.url}/traces/example?${search}&from=${from}&to=now`;
    await fetch(`${local.url}/slack/x`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: `alert ${search}`, attachments: [{ title: "t", actions: [{ type: "button", text: "Trace", url }] }] }) });
    await page.goto(`${local.url}/inbox`);
    await page.locator("a.inbox-row").first().click();
    await see(`alert ${search}`);
    await page.locator(".slack-actions").getByRole("link", { name: "Trace" }).click();
  };

  await button("service=helloagents-api&error=true");
  await page.waitForURL(`**/traces/${FAILED_TRACE_ID}?service=helloagents-api&error=true&from=${from}&to=now`);
  await page.getByRole("heading", { level: 1, name: "click Create project" }).waitFor();
  await page.locator(".span-failed").first().waitFor();
  expect(await nameless()).toEqual([]);
  await page.getByRole("link", { name: "All traces of helloagents-api with errors" }).click();
  await see("3 traces");
  // Opened from the list it leads back to the same list; three steps back are the message.
  await page.locator("a.trace-row").last().click();
  await page.getByRole("link", { name: "All traces of helloagents-api with errors" }).waitFor();
  for (const path of ["/traces", `/traces/${FAILED_TRACE_ID}`, "/inbox/"]) {
    await page.goBack();
    await page.waitForURL((url) => url.pathname.startsWith(path));
  }
  await see("alert service=helloagents-api&error=true");

  await button("service=helloagents-api&q=assistant&minDurationMs=500");
  await page.getByRole("link", { name: "All traces of helloagents-api, 500 ms or longer, with “assistant” in a name" }).waitFor();
  await expect.poll(() => page.locator(".trace-head strong").textContent(), until).toBe("1.96 s");

  await button("service=shop&error=true");
  await page.waitForURL(/\/traces\?service=shop/);
  await see("No trace matches");
  await see("Looked for traces of shop with errors, in the time above.");
  const late = JSON.parse(JSON.stringify(projectTrace("5".repeat(32), Date.now(), true)).replaceAll("helloagents-api", "shop")) as unknown;
  await fetch(`${local.url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(late) });
  await page.locator("a.trace-row").waitFor();
  await page.goto(`${local.url}/traces/example?service=shop&error=true&from=${from}&to=now`);
  await page.waitForURL(/\/traces\/5{32}\?/);
  expect(faults).toEqual([]);
});

test("on a phone nothing is wider than the screen, and list and message take turns", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.setViewportSize({ width: 390, height: 844 });
  const issue = local.stores.issues.list({})[0]?.id ?? "";
  // Each with words that come last, from what was sent.
  for (const [path, words] of [["/", "[CRITICAL] HighErrorRate"], ["/inbox", "[CRITICAL] HighErrorRate"], ["/issues", "ProjectNotCreatedError"], [`/issues/${issue}`, "Newest events"], ["/traces", "click Create project"], [`/traces/${FAILED_TRACE_ID}`, "pg.query:INSERT projects"], [`/traces/${FAILED_TRACE_ID}?span=00f067aa0ba902b7`, "Resource and ids"]] as const) {
    await page.goto(local.url + path);
    await settled(page);
    await see(words);
    expect([path, await overflow(page)]).toEqual([path, 0]);
  }
  await page.goto(`${local.url}/inbox`);
  await page.locator("a.inbox-row").first().click();
  await page.locator(".inbox-detail h2").waitFor();
  await page.locator("a.inbox-row").first().waitFor({ state: "hidden" });
  await page.locator(".inbox-detail").getByRole("link", { name: "Inbox" }).click();
  await page.locator("a.inbox-row").first().waitFor();
  expect(faults).toEqual([]);
});

test("colours follow the system until chosen, and the choice stays", async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(local.url);
  await see("Home");
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background, until).not.toBe(light);
  await page.getByRole("button", { name: "Light colours" }).click();
  await expect.poll(background, until).toBe(light);
  await page.reload();
  await page.getByRole("button", { name: "Light colours", pressed: true }).waitFor();
  expect(await background()).toBe(light);
  expect(faults).toEqual([]);
});

test("when the console stops, the page says so and keeps what it had", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(`${local.url}/inbox`);
  await page.getByRole("status").getByText("live", { exact: true }).waitFor();
  await local.stop();
  await see("The console does not answer: new messages are not shown until it is back.");
  await page.getByRole("status").getByText("not live").waitFor();
  expect(await page.locator("a.inbox-row").count()).toBeGreaterThan(3);
});
