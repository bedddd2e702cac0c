import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { launchChromium, overflow, settled } from "./browser.ts";
import { FAILED_TRACE_ID, sendDemo } from "./send.ts";

/**
 * Pictures of every page of a running console, wide and narrow, light and dark, for people to look at:
 * `npm run screenshots -w services/console -- --url http://127.0.0.1:3000 --smtp 3025 --out /tmp/pictures`.
 * It sends demo messages first unless `--no-demo` is given. CHROMIUM names the browser.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: { url: { type: "string", default: "http://127.0.0.1:3000" }, smtp: { type: "string", default: "3025" }, out: { type: "string", default: "screenshots" }, demo: { type: "boolean", default: true } },
});

const url = values.url;
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
if (values.demo) await sendDemo(url, Number(values.smtp));

const issues = (await (await fetch(`${url}/api/issues`)).json()) as { id: string; project: string; type: string }[];
const inbox = (await (await fetch(`${url}/api/inbox?raw=0`)).json()) as { id: string; kind: string; level: string }[];
const issue = issues.find((each) => each.type === "ProjectNotCreatedError") ?? issues[0];
const dashboards = (await (await fetch(`${url}/api/dashboards`)).json()) as { uid: string }[];
const message = (kind: string) => `/inbox/${inbox.find((item) => item.kind === kind && item.level !== "ok")?.id ?? inbox.find((item) => item.kind === kind)?.id ?? ""}`;

const pages: Record<string, string> = {
  home: "/", inbox: "/inbox", slack: message("slack"), pagerduty: message("pagerduty"), email: message("email"), sentry: message("sentry"),
  issues: "/issues", issue: `/issues/${issue?.id ?? ""}`, traces: "/traces", trace: `/traces/${FAILED_TRACE_ID}`, span: `/traces/${FAILED_TRACE_ID}?span=00f067aa0ba902b7`, runbook: "/runbooks/HighErrorRate", alerts: "/alerts",
  ...Object.fromEntries(dashboards.map(({ uid }) => [`dashboard-${uid}`, `/dashboards/${uid}`])),
};

const browser = await launchChromium();
for (const [size, width, height] of [["wide", 1280, 860], ["phone", 390, 844]] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(url + path);
      await shown(page);
      await page.screenshot({ path: join(out, `${name}-${size}-${colorScheme}.png`), fullPage: name.startsWith("dashboard-") });
      const tooWide = await overflow(page);
      if (tooWide > 0) console.error(`${name} ${size}: ${tooWide} px wider than the window`);
    }
    await page.close();
  }
}
await browser.close();
console.log(`pictures of ${Object.keys(pages).length} pages in ${out}`);

async function shown(page: Page): Promise<void> {
  await settled(page);
  // Panels ask when they come near the window.
  await page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
      scrollTo(0, top);
      await new Promise((drawn) => requestAnimationFrame(drawn));
    }
    scrollTo(0, 0);
  });
  await settled(page);
  // Graphs are drawn in tasks of their own.
  await page.waitForTimeout(300);
}
