import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { consoleInChromium, type ConsoleInChromium } from "../../demo/console-in-chromium.ts";

// A Prometheus that takes longer than the page's refresh.

vi.setConfig({ testTimeout: 120_000 });

const until = { timeout: 30_000 };
const held: (() => void)[] = [];
let local: ConsoleInChromium;
let page: Page;

const dashboard = {
  title: "Slow",
  annotations: { list: [{ name: "Firing alerts", expr: "firing", titleFormat: "{{alertname}}", iconColor: "#CC79A7" }] },
  panels: [{ id: 1, type: "stat", title: "Figure", gridPos: { x: 0, y: 0, w: 8, h: 6 }, targets: [{ refId: "A", expr: "figure", instant: true }], fieldConfig: { defaults: { unit: "short" } } }],
};

beforeAll(async () => {
  local = await consoleInChromium((req, res) => {
    const ranged = req.url?.includes("query_range");
    held.push(() => void res.end(JSON.stringify({ status: "success", data: { resultType: ranged ? "matrix" : "vector", result: ranged ? [] : [{ metric: {}, value: [1, "42"] }] } })));
  }, "prometheusUrl", { slow: dashboard });
  page = await local.browser.newPage({ viewport: { width: 1200, height: 700 } });
}, 120_000);
afterAll(() => local?.stop());

test("it is waited for, which is said, nothing is 0 meanwhile, and its answer is not given up for the next question", async () => {
  await page.clock.install();
  await page.goto(`${local.url}/dashboards/slow?refresh=10s`);
  const marks = page.getByRole("group", { name: "Marks on the graphs" }).getByRole("button", { name: /Firing alerts/ });
  await page.getByText("Waiting for Prometheus").waitFor();
  await expect.poll(() => held.length, until).toBe(2);
  expect(await marks.textContent()).toBe("Firing alerts");
  for (let refresh = 0; refresh < 3; refresh += 1) await page.clock.runFor(10_000);
  for (const answer of held) answer();
  await page.getByText("42", { exact: true }).waitFor();
  await expect.poll(() => marks.textContent(), until).toBe("Firing alerts 0");
  expect(held.length).toBe(2);
  await page.clock.runFor(10_000);
  await expect.poll(() => held.length, until).toBe(4);
});
