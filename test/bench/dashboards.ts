// What a dashboard costs the browser: seven days on every panel, from a stand-in for Prometheus that answers at once, in headless Chromium.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { readDashboards } from "../support/dashboards.ts";
import { repository } from "../support/stack.ts";
import { startNode } from "./processes.ts";

const RUNS = 5;
const SERIES = 8;

/** Lines that every query gets; of a heat map the buckets. */
const labels = Array.from({ length: SERIES }, (_, index) => ({ job: "helloagents-api", http_route: `/api/route-${index}`, le: index === SERIES - 1 ? "+Inf" : String(0.05 * 2 ** index), slo: `objective-${index}` }));

type Load = { bytes: number; shownMs: number; scriptMs: number; longestMs: number };

export async function run(): Promise<void> {
  const prometheus = createServer((req, res) => {
    const query = new URL(req.url ?? "/", "http://x").searchParams;
    const [start, end, step] = ["start", "end", "step"].map((name) => Number(query.get(name)));
    const times = query.has("step") ? Array.from({ length: Math.floor((end! - start!) / step!) + 1 }, (_, index) => start! + index * step!) : [Number(query.get("time"))];
    const result = labels.map((metric, index) => {
      const values = times.map((time) => [time, String((index + 1) * (1 + Math.sin(time / 9000 + index)))]);
      return query.has("step") ? { metric, values } : { metric, value: values[0] };
    });
    res.end(JSON.stringify({ status: "success", data: req.url?.includes("/label/") ? ["helloagents-api"] : req.url?.includes("exemplars") ? [] : { resultType: query.has("step") ? "matrix" : "vector", result } }));
  }).listen(0, "127.0.0.1");
  await once(prometheus, "listening");
  const prometheusUrl = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`;
  // A build of its own: the usual one may be replaced by a stack that starts meanwhile.
  const pageDir = await mkdtemp(join(tmpdir(), "helloagents-page-"));
  execFileSync(process.execPath, ["node_modules/vite/bin/vite.js", "build", "services/console", "--outDir", pageDir, "--emptyOutDir", "--logLevel", "error"], { cwd: repository, stdio: "inherit" });
  const local = await startNode(["services/console/src/main.ts"], /listening on (\S+)/, { PORT: "0", SMTP_PORT: "0", PROMETHEUS_URL: prometheusUrl, PAGE_DIR: pageDir });
  const browser = await launchBrowser();
  try {
    console.log(`each query answered with ${SERIES} series over 7 days; medians of ${RUNS} loads in headless Chromium, 1440 x 900, scrolled to the end\n`);
    console.log("dashboard               panels  first load, gzip kB  shown ms  script ms  longest task ms");
    for (const { uid, panels } of readDashboards()) {
      const loads: Load[] = [];
      for (let load = 0; load < RUNS; load++) loads.push(await measure(browser, `${local.found}/dashboards/${uid}?from=now-7d&to=now&refresh=off`));
      const median = (pick: (load: Load) => number): string => String(Math.round(loads.map(pick).sort((a, b) => a - b)[Math.floor(RUNS / 2)]!));
      console.log(`${uid.padEnd(23)} ${String(panels.length).padStart(6)}  ${median(({ bytes }) => bytes / 1000).padStart(19)}  ${median(({ shownMs }) => shownMs).padStart(8)}  ${median(({ scriptMs }) => scriptMs).padStart(9)}  ${median(({ longestMs }) => longestMs).padStart(15)}`);
    }
  } finally {
    await browser.close();
    await local.stop();
    prometheus.close();
    prometheus.closeAllConnections();
    await rm(pageDir, { recursive: true });
  }
}

async function measure(browser: Browser, url: string): Promise<Load> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  let bytes = 0;
  page.on("response", async (response) => {
    if (!response.url().includes("/api/")) bytes += gzipSync(await response.body().catch(() => Buffer.alloc(0))).length;
  });
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.goto(url);
  await page.locator("section.panel").first().waitFor();
  await page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
      scrollTo(0, top);
      await new Promise((drawn) => requestAnimationFrame(drawn));
    }
  });
  await page.waitForFunction(() => document.querySelectorAll('[aria-busy="true"]').length === 0);
  const shownMs = await page.evaluate(() => performance.now());
  const longestMs = await page.evaluate(() => Math.max(0, ...(window as unknown as { tasks: number[] }).tasks));
  const { metrics } = await session.send("Performance.getMetrics");
  const scriptMs = 1000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
  await page.close();
  return { bytes, shownMs, scriptMs, longestMs };
}
