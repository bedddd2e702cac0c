import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { consoleInChromium, type ConsoleInChromium } from "../../demo/console-in-chromium.ts";

// A silence made from an alert, among many, with an Alertmanager that keeps what it is sent.

vi.setConfig({ testTimeout: 120_000 });

const until = { timeout: 30_000 };
const sent: { matchers: object[]; comment: string }[] = [];
let local: ConsoleInChromium;
let page: Page;

const alerts = ["worker+c++|x", ...Array.from({ length: 40 }, (_, n) => `service-${n}`)].map((job) => ({
  fingerprint: job, labels: { alertname: "HighErrorRate", job, severity: "critical" }, annotations: { summary: `Requests to ${job} fail` },
  startsAt: "2026-01-01T00:00:00.000Z", endsAt: "2026-01-01T01:00:00.000Z", status: { state: "active", silencedBy: [], inhibitedBy: [] }, receivers: [{ name: "x" }],
}));

beforeAll(async () => {
  local = await consoleInChromium(async (req, res) => {
    res.setHeader("content-type", "application/json");
    if (req.method === "POST") sent.push(JSON.parse(await text(req)) as (typeof sent)[number]);
    res.end(JSON.stringify(req.method === "POST" ? { silenceID: "1" } : req.url?.includes("/silences") ? [] : alerts));
  }, "alertmanagerUrl");
  page = await local.browser.newPage({ viewport: { width: 1200, height: 700 } });
}, 120_000);
afterAll(() => local?.stop());

test("the form comes into sight with the keys in it; labels of the alert are meant as they stand, what is written is an expression", async () => {
  await page.goto(`${local.url}/alerts`);
  const first = page.locator(".alert-row").filter({ hasText: "worker+c++|x" });
  await first.getByRole("button", { name: "Silence HighErrorRate" }).press("Enter");
  const form = page.getByRole("form", { name: "New silence" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")), until).toBe("Label");
  const box = (await form.getByLabel("Value of job").boundingBox())!;
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.y + box.height).toBeLessThanOrEqual(700);
  await form.getByLabel("Value of alertname").fill("High.*");
  await form.getByLabel("Why").fill("moving");
  await page.keyboard.press("Enter");
  await expect.poll(() => sent, until).toMatchObject([{ comment: "moving", matchers: [{ name: "alertname", value: "High.*", isRegex: true }, { name: "job", value: "worker+c++|x", isRegex: false }] }]);
  await form.waitFor({ state: "detached" });
});
