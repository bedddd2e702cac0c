import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildPage, launchChromium } from "../../demo/browser.ts";
import { startLocalConsole, type LocalConsole } from "../../demo/local-console.ts";

// A Prometheus that takes longer than the page's refresh.

vi.setConfig({ testTimeout: 120_000 });

const until = { timeout: 30_000 };
const dir = mkdtempSync(join(tmpdir(), "console-slow-"));
const held: (() => void)[] = [];
let browser: Browser;
let prometheus: Server;
let local: LocalConsole;
let page: Page;

beforeAll(async () => {
  await buildPage(join(dir, "dist"));
  writeFileSync(join(dir, "slow.json"), JSON.stringify({
    title: "Slow",
    annotations: { list: [{ name: "Firing alerts", expr: "firing", titleFormat: "{{alertname}}", iconColor: "#CC79A7" }] },
    panels: [{ id: 1, type: "stat", title: "Figure", gridPos: { x: 0, y: 0, w: 8, h: 6 }, targets: [{ refId: "A", expr: "figure", instant: true }], fieldConfig: { defaults: { unit: "short" } } }],
  }));
  prometheus = createServer((req, res) => {
    const ranged = req.url?.includes("query_range");
    held.push(() => void res.end(JSON.stringify({ status: "success", data: { resultType: ranged ? "matrix" : "vector", result: ranged ? [] : [{ metric: {}, value: [1, "42"] }] } })));
  });
  await new Promise<void>((done) => prometheus.listen(0, "127.0.0.1", done));
  local = await startLocalConsole({ pageDir: join(dir, "dist"), dashboardsDir: dir, prometheusUrl: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}` });
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await local?.stop();
  prometheus?.close();
  prometheus?.closeAllConnections();
  rmSync(dir, { recursive: true });
});

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
