import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createApp } from "./app.ts";
import { readSite } from "./site.ts";
import { launchChromium } from "./test-support/chromium.ts";
import { fakeBackend } from "./test-support/fake-backend.ts";
import { listen, type Listening } from "./test-support/listen.ts";

vi.setConfig({ testTimeout: 120_000 });

const root = join(import.meta.dirname, "..");
/** What the page tells the telemetry script may come a moment after what it shows: it is polled for so long. */
const until = { timeout: 30_000 };
/** Set SCREENSHOTS to a folder to look at what the walk sees. */
const shots = process.env["SCREENSHOTS"];

/** In place of the telemetry bundle: notes what the page tells it. */
const telemetryStub = `
  window.told = [];
  window.helloagentsTelemetry = {
    setUser: (id) => told.push("user " + id),
    captureException: (error) => told.push("caught " + error.message),
  };
  window.addEventListener("error", (event) => told.push("error " + event.message));
  window.addEventListener("unhandledrejection", (event) => told.push("rejection " + event.reason.message));
`;

let folder: string;
let browser: Browser;
let backend: Listening;
let site: Listening;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "frontend-"));
  await build({ root, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
  backend = await listen(fakeBackend());
  const files = await readSite(folder, join(folder, "absent.js"), { version: "1.0.0", environment: "test" });
  site = await listen(createApp({ site: { ...files, telemetryScript: telemetryStub }, version: "1.0.0", environment: "test", backendUrl: backend.url, collectorUrl: "http://127.0.0.1:9" }));
  browser = await launchChromium();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await Promise.all([site?.close(), backend?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function shoot(page: Page, name: string): Promise<void> {
  if (!shots) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** A page wider than the window scrolls sideways: something sticks out. */
async function expectNoOverflow(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
}

test.each([
  { name: "desktop", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light" },
] as const)("a visitor signs in, runs code, asks and breaks things ($name)", async ({ name, viewport, colorScheme }) => {
  const page = await browser.newPage({ viewport, colorScheme });
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && !/Broken on purpose|status of (4|5)\d\d/.test(message.text()) && problems.push(message.text()));
  const step = async (label: string): Promise<void> => {
    await expectNoOverflow(page);
    await shoot(page, `${name}-${label}`);
  };

  await page.goto(site.url);
  await page.getByLabel("Your name").fill("nobody");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("This name cannot be used.").waitFor();
  await step("1-sign-in");
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Continue" }).click();

  await page.getByRole("heading", { name: "Projects", exact: true }).waitFor();
  await page.getByLabel("Name of the new project").fill(`Words (${name})`);
  await step("2-projects");
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("AGENTS", { exact: true }).waitFor();
  await page.getByText("4.7 ms").waitFor();
  await step("3-run");

  const code = page.getByLabel(/^JavaScript code/);
  await code.fill('console.log("before");\nthrow new TypeError("no way");\n');
  await code.press("Control+Enter");
  await page.getByText("TypeError: no way").waitFor();
  await page.getByRole("button", { name: "Assistant", exact: true }).click();
  await page.getByLabel("Message to the assistant").fill("Why does it throw?");
  await page.getByLabel("Message to the assistant").press("Enter");
  await page.getByText("You asked: Why does it throw?").waitFor();
  await expect.poll(() => page.locator(".message pre").textContent(), until).toBe('words.map((word) => word.toUpperCase()).join(" ").length;');
  await step("4-error-and-chat");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();

  await page.getByRole("link", { name: "Projects", exact: true }).click();
  await page.getByRole("link", { name: `Words (${name})` }).first().waitFor();
  await step("5-project-list");
  await page.getByRole("link", { name: "Assistant" }).click();
  await page.getByText("What are you working on?").waitFor();
  await step("6-assistant");

  await page.getByRole("link", { name: "Break something" }).click();
  await page.getByRole("button", { name: "Throw an error" }).click();
  await page.getByRole("button", { name: "Reject a promise" }).click();
  await page.getByRole("button", { name: "Throw in a handler" }).click();
  await page.getByText("The backend answered: Broken on purpose.").waitFor();
  await step("7-break");
  await page.getByRole("button", { name: "Crash this view" }).click();
  await page.getByText("This view stopped working").waitFor();
  await step("8-crashed");
  await page.getByRole("button", { name: "Show it again" }).click();

  await page.goto(`${site.url}/projects/none`);
  await page.getByText("There is no such project.").waitFor();
  for (const nowhere of ["/projects/%E0%A4%A", "/nowhere"]) {
    await page.goto(site.url + nowhere);
    await page.getByText("There is nothing here").waitFor();
  }
  await expect.poll(() => page.evaluate("told"), until).toEqual(["user u-1"]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Your name").waitFor();
  expect(problems).toEqual([]);
  await page.close();
});

test("errors of the page reach the telemetry script", async () => {
  const page = await browser.newPage();
  await page.goto(`${site.url}/help`);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Continue" }).click();
  for (const name of ["Throw an error", "Reject a promise", "Crash this view"]) await page.getByRole("button", { name }).click();
  await page.getByText("This view stopped working").waitFor();
  await expect.poll(() => page.evaluate("told"), until).toEqual([
    "user null",
    "user u-1",
    "error Uncaught Error: Broken on purpose: thrown by a click",
    "rejection Broken on purpose: a promise nobody caught",
    "caught Broken on purpose: a view that cannot be drawn",
  ]);
  await page.close();
});
