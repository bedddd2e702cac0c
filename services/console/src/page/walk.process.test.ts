import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startLocalConsole, type LocalConsole } from "../demo/local-console.ts";
import { FAILED_TRACE_ID, sendDemo } from "../demo/send.ts";

// The page as built, in Chromium: what people see, and that nothing goes wrong unseen.

const dir = mkdtempSync(join(tmpdir(), "console-walk-"));
const pageDir = join(dir, "dist");
let browser: Browser;
let local: LocalConsole;
let page: Page;
let faults: string[];

beforeAll(async () => {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}: install it, or name it with CHROMIUM`);
  const root = resolve(import.meta.dirname, "../..");
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error", build: { outDir: pageDir } });
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
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
  faults = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => { if (!request.url().startsWith(local.url) && !/^(data|about):/.test(request.url())) faults.push(`asked ${request.url()}`); });
});
afterEach(async () => {
  await page.close();
  await local.stop();
});

const see = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: 10_000 });

/** Controls that a screen reader could not name. */
const nameless = () =>
  page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input, select, iframe")]
      .filter((element) => !(element.getAttribute("aria-label") ?? element.getAttribute("title") ?? element.textContent)?.trim() && !element.closest("label"))
      .map((element) => element.outerHTML.slice(0, 120)),
  );
const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("before anything has happened every section says how to make something happen", async () => {
  for (const [path, words] of [["/", "Nothing has been sent yet"], ["/inbox", "Everything that would go to Sentry"], ["/issues", "No errors so far"], ["/traces", "No traces yet"], ["/dashboards", "HelloAgents Overview"], ["/alerts", "No alert can be sent while it is away."], ["/nowhere", "There is no page at /nowhere"]] as const) {
    await page.goto(local.url + path);
    await see(words);
    expect([path, await nameless()]).toEqual([path, []]);
  }
  expect(faults).toEqual([]);
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
  expect(new URL(page.url()).pathname).toMatch(/^\/inbox\//);
  expect(faults).toEqual([]);
});

test("a dashboard says what is away, on each panel; one that is not there, where to look", async () => {
  await page.goto(`${local.url}/dashboards/helloagents-overview`);
  await see("Prometheus at http://127.0.0.1:2 cannot be asked: nothing listens there.");
  expect(await page.locator("section.panel").count()).toBeGreaterThan(15);
  expect(await nameless()).toEqual([]);
  expect(faults).toEqual([]);
  await page.goto(`${local.url}/dashboards/nothing`);
  await see(/there is no dashboard nothing; \/dashboards lists those of/);
});

test("inbox: each kind as its reader sees it, raw, filtered, by keyboard and live", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.goto(`${local.url}/inbox`);
  const detail = page.locator(".inbox-detail");

  await page.getByRole("button", { name: /^Slack/ }).click();
  await page.getByRole("link", { name: /HighErrorRate/ }).click();
  await detail.getByText("Alertmanager").waitFor();
  expect(await detail.getByRole("link", { name: "[CRITICAL] HighErrorRate · helloagents-api" }).getAttribute("href")).toBe("http://localhost:3000/runbooks/HighErrorRate");
  expect(await detail.locator(".slack-text strong").first().textContent()).toBe("Value");
  expect(await detail.locator(".slack-actions a").allTextContents()).toEqual(["Runbook 📖", "Silence 🔕"]);
  await detail.getByRole("button", { name: "Raw JSON" }).click();
  await detail.getByText('"mrkdwn_in"').waitFor();

  await page.getByRole("button", { name: /^PagerDuty/ }).click();
  await page.locator("a.inbox-row").first().click();
  await detail.getByText("Open", { exact: true }).waitFor();
  await detail.getByText("6.2% of requests to helloagents-api answered with 5xx").waitFor();

  await page.getByRole("button", { name: /^E-mail/ }).click();
  await page.locator("a.inbox-row").first().click();
  await page.frameLocator("iframe").getByRole("heading", { name: /SandboxPoolDepleted/ }).waitFor();

  await page.getByRole("button", { name: /^All/ }).click();
  await page.locator("a.inbox-row").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await detail.getByRole("heading", { name: /HighErrorRate/ }).waitFor();

  await page.getByRole("status").getByText("live").waitFor();
  await fetch(`${local.url}/slack/x`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"text":"just now"}' });
  await page.locator("a.inbox-row").first().getByText("just now").waitFor();
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
  await see("9 events");
  expect(await page.locator(".exception h2").allTextContents()).toEqual(["ProjectNotCreatedError", "DatabaseError"]);
  expect(await page.locator(".exception").first().locator(".frame-function").allTextContents()).toEqual(["createProject", "createProjectRoute"]);
  expect(await page.locator(".source-here").textContent()).toContain("throw new ProjectNotCreatedError");
  await page.getByRole("button", { name: "Show 3 frames of libraries" }).click();
  expect(await page.locator(".exception").first().locator(".frame").count()).toBe(5);
  for (const fact of ["helloagents-api@0.1.0", "id u-1842", "0f6c2f9e7d1b4a53", "/projects"]) await see(fact);
  expect(await nameless()).toEqual([]);

  await page.getByRole("link", { name: FAILED_TRACE_ID }).click();
  await see("9 spans");
  await page.getByRole("link", { name: /ProjectNotCreatedError/ }).click();
  await see("9 events");
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
  await page.locator(".waterfall").waitFor();
  expect(await page.locator(".span-button").count()).toBe(9);
  expect(await page.locator(".span-failed b").allTextContents()).toEqual(["POST /projects", "pg.query:INSERT projects"]);

  await page.getByRole("button", { name: "helloagents-api: POST /projects, 340 ms, failed" }).click();
  const detail = page.getByRole("region", { name: "Span POST /projects" });
  await detail.getByText("project 4711 could not be created", { exact: false }).first().waitFor();
  await detail.getByText("u-1842").waitFor();
  expect(new URL(page.url()).searchParams.get("span")).toBe("00f067aa0ba902b7");

  await page.keyboard.press("ArrowLeft");
  expect(await page.locator(".span-button").count()).toBe(4);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toContain("middleware - authenticate");
  expect(await nameless()).toEqual([]);

  await page.goto(`${local.url}/traces/${"9".repeat(32)}`);
  await see("it has not arrived yet");
  expect(faults.filter((fault) => !fault.includes("404"))).toEqual([]);
});

test("on a phone nothing is wider than the screen, and list and message take turns", async () => {
  await sendDemo(local.url, local.smtpPort);
  await page.setViewportSize({ width: 390, height: 844 });
  const issue = local.stores.issues.list({})[0]?.id ?? "";
  for (const path of ["/", "/inbox", "/issues", `/issues/${issue}`, "/traces", `/traces/${FAILED_TRACE_ID}`, `/traces/${FAILED_TRACE_ID}?span=00f067aa0ba902b7`]) {
    await page.goto(local.url + path);
    await page.locator("main h1").waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[aria-busy="true"]').length === 0);
    expect([path, await overflow()]).toEqual([path, 0]);
  }
  await page.goto(`${local.url}/inbox`);
  await page.locator("a.inbox-row").first().click();
  await page.locator(".inbox-detail h2").waitFor();
  expect(await page.locator("a.inbox-row").first().isVisible()).toBe(false);
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
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.getByRole("button", { name: "Light colours" }).click();
  expect(await background()).toBe(light);
  await page.reload();
  await see("Home");
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
