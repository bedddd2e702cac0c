// Every panel of every dashboard shows something, and the console shows what Prometheus answered.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultsOf, launchBrowser } from "../support/browser.ts";
import { asked, type Dashboard, leastStepS, type Panel, type Range, ranges, readDashboards } from "../support/dashboards.ts";
import { eventually } from "../support/eventually.ts";
import { json, promql } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { leave, signIn } from "../support/visit.ts";

const dashboards = readDashboards();

/** More lines than that cannot be told apart; more samples make a page slow for everybody. */
const MOST_SERIES = 40;
const MOST_SAMPLES = 500_000;

let browser: Browser;
beforeAll(async () => {
  // A visit for the web vitals, and a failing request, so that panels of errors have one.
  browser = await launchBrowser();
  await leave(await signIn(browser, sharedStack()));
  await fetch(sharedStack().url("backend", "/api/demo/errors/sync"));
  await eventually("the first records of all objectives", async () => (await promql(sharedStack(), "slo:error_ratio:1h")).length >= 3, 110_000);
}, 120_000);
afterAll(async () => {
  await browser?.close();
});

interface Answer {
  data: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[]; stats?: { samples: { totalQueryableSamples: number } } };
}

const cases = dashboards.flatMap((dashboard) => (Object.keys(ranges) as Range[]).map((range) => [`${dashboard.uid} over ${range.slice(4)}`, dashboard, range] as const));

/** What is read may come a moment after what was done: it is polled for so long. */
const until = { timeout: 60_000 };

test.each(cases)("%s: no panel is empty", async (_name, dashboard, range) => {
  for (const panel of dashboard.panels) {
    for (const target of panel.targets) {
      const where = `${panel.title} ${target.refId}`;
      await eventually(where, async () => {
        const { data } = await ask(dashboard, panel, target, range);
        const values = data.result.flatMap(({ value, values: many = [value!] }) => many.map(([, text]) => Number(text)));
        expect(values.filter((value) => !Number.isFinite(value)), where).toEqual([]);
        expect(data.result.length, where).toBeLessThanOrEqual(MOST_SERIES);
        expect(data.stats?.samples.totalQueryableSamples, where).toBeLessThanOrEqual(MOST_SAMPLES);
        return values.length > 0;
      });
    }
  }
}, 180_000);

async function ask(dashboard: Dashboard, panel: Panel, target: Panel["targets"][number], range: Range): Promise<Answer> {
  const end = Math.floor(Date.now() / 1000);
  const step = Math.max(leastStepS(panel), Math.ceil(ranges[range] / 500));
  const query = asked(dashboard, target.expr, range, step);
  const times = target.instant ? { time: String(end) } : { start: String(end - step * Math.floor(ranges[range] / step)), end: String(end), step: String(step) };
  return await json<Answer>(sharedStack().url("prometheus", `/api/v1/query${target.instant ? "" : "_range"}?${new URLSearchParams({ query, stats: "all", ...times })}`));
}

/** What the page was told, by the expression as it was asked. */
async function open(dashboard: Dashboard, range: Range, size: { width: number; height: number }): Promise<{ page: Page; answers: Map<string, Answer["data"]["result"]>; steps: Set<number>; faults: string[] }> {
  const page = await browser.newPage({ viewport: size });
  const answers = new Map<string, Answer["data"]["result"]>();
  const steps = new Set<number>();
  const faults = faultsOf(page);
  page.on("response", async (response) => {
    const url = new URL(response.url());
    if (!/\/api\/prometheus\/query(_range)?$/.test(url.pathname)) return;
    if (url.searchParams.has("step")) steps.add(Number(url.searchParams.get("step")));
    const { data } = (await response.json().catch(() => ({}))) as Partial<Answer>;
    if (data) answers.set(url.searchParams.get("query") ?? "", data.result);
  });
  await page.goto(sharedStack().url("console", `/dashboards/${dashboard.uid}?from=${range}&to=now&refresh=off`));
  await page.getByRole("heading", { level: 1, name: dashboard.title }).waitFor();
  // Panels ask when they come near: a person scrolls.
  for (const panel of dashboard.panels) {
    const frame = page.locator(`section[aria-labelledby="panel-${panel.id}"]`);
    await frame.scrollIntoViewIfNeeded();
    await frame.locator("[data-value], [data-last], [data-total]").first().waitFor({ timeout: 60_000 }).catch(async () => {
      throw new Error(`${panel.title} shows no value, but: ${await frame.innerText()}`);
    });
  }
  return { page, answers, steps, faults };
}

const last = ({ value, values = [value!] }: Answer["data"]["result"][number]): number => Number(values.at(-1)![1]);

function numbers(values: [number, string][] = []): number[] {
  return values.map(([, text]) => Number(text));
}

/** What a panel of its kind has to show of its answers, by the attribute that carries it. */
function meaning({ type }: Panel, all: Answer["data"]["result"]): [attribute: string, values: number[]][] {
  if (type === "timeseries") return [["last", all.map(last)], ["max", all.map(({ values }) => Math.max(...numbers(values)))]];
  if (type === "heatmap") return [["total", [numbers(all.find(({ metric }) => metric["le"] === "+Inf")?.values).reduce((sum, count) => sum + count, 0)]]];
  return [["value", all.map(last)]];
}

/** In order; a heat map adds up differences of extrapolated counts, which are a hair off. */
function round({ type }: Panel, values: number[]): number[] {
  return values.map((value) => Number(value.toPrecision(type === "heatmap" ? 2 : 15))).sort((a, b) => a - b);
}

/** Numbers that the panel holds, by what they are, as its elements carry them. */
async function shown(page: Page, id: number, attribute: string): Promise<number[]> {
  const texts = await page.locator(`section[aria-labelledby="panel-${id}"] [data-${attribute}]`).evaluateAll((elements, name) => elements.map((element) => element.getAttribute(`data-${name}`) ?? ""), attribute);
  return texts.filter((text) => text !== "" && !Number.isNaN(Number(text))).map(Number);
}

test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))("%s: the console shows what Prometheus answered", async (_uid, dashboard) => {
  const { page, answers, steps, faults } = await open(dashboard, "now-1h", { width: 1440, height: 900 });
  try {
    await expect.poll(() => [...steps], until).toContain(15);
    for (const panel of dashboard.panels) {
      // The page may draw an answer before its text has reached this test.
      const results = () => panel.targets.map(({ expr }) => answers.get(asked(dashboard, expr, "now-1h", leastStepS(panel))) ?? []);
      await expect.poll(() => results().flat().length, { ...until, message: `${panel.title} was asked as the dashboard says` }).toBeGreaterThan(0);
      await eventually(`${panel.title} shows what was answered`, async () => {
        for (const [attribute, values] of meaning(panel, results().flat())) expect(round(panel, await shown(page, panel.id, attribute)), `${panel.title}: ${attribute}`).toEqual(round(panel, values));
        return true;
      });
    }
    expect(faults).toEqual([]);
    expect(await nameless(page)).toEqual([]);
  } finally {
    await page.close();
  }
}, 180_000);

test.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))("%s fits a phone, over seven days", async (_uid, dashboard) => {
  const { page, faults } = await open(dashboard, "now-7d", { width: 390, height: 844 });
  try {
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(faults).toEqual([]);
  } finally {
    await page.close();
  }
}, 180_000);

test("from a panel to its runbook, its alert and its traces, with the range; by mouse and by keyboard", async () => {
  const dashboard = dashboards.find(({ uid }) => uid === "api-performance")!;
  const { page, faults } = await open(dashboard, "now-1h", { width: 1440, height: 900 });
  try {
    const panel = (title: string) => page.locator("section.panel").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
    await panel("Errors by status code").getByLabel("About Errors by status code").click();
    expect(await panel("Errors by status code").getByRole("link", { name: "Runbook: HighErrorRate" }).getAttribute("href")).toBe("/runbooks/HighErrorRate");
    expect(await panel("Errors by status code").getByRole("link", { name: "Alert: HighErrorRate" }).getAttribute("href")).toMatch(/^\/alerts\?q=HighErrorRate&from=\d{13}&to=\d{13}$/);

    // Arrow keys read the graph, Escape ends it.
    const graph = panel("Requests by endpoint").getByRole("img", { name: /^Requests by endpoint: / });
    await graph.locator(".u-over").waitFor();
    await graph.focus();
    await page.keyboard.press("ArrowLeft");
    await panel("Requests by endpoint").locator(".reading time").waitFor();
    await page.keyboard.press("Escape");
    await panel("Requests by endpoint").locator(".reading").waitFor({ state: "detached" });

    // A line is hidden by its name, and comes back.
    const name = panel("Requests by endpoint").locator(".plot-legend button").first();
    await name.click();
    await expect.poll(() => name.getAttribute("aria-pressed"), until).toBe("false");

    // The service in the address is chosen, and another dashboard keeps it with the range.
    await page.getByRole("combobox", { name: "Service" }).selectOption("helloagents-frontend");
    await page.waitForURL(/var-service=helloagents-frontend/);
    await page.getByText("Other dashboards").click();
    await expect.poll(() => page.getByRole("link", { name: "HelloAgents Overview" }).getAttribute("href"), until).toMatch(/from=now-1h&to=now.*var-service=helloagents-frontend/);

    // Dragging over a graph zooms to what was drawn; one that gets the other service's answer meanwhile is drawn anew, without the drag.
    await eventually("the range that was drawn", async () => {
      const box = (await graph.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 5 });
      await page.mouse.up();
      return await page.evaluate(() => /from=\d{13}&to=\d{13}/.test(location.search));
    });
    await page.waitForURL(({ searchParams }) => Number(searchParams.get("to")) - Number(searchParams.get("from")) < 3_600_000);
    await page.getByRole("button", { name: "back to now" }).click();

    // From a route of the table to its traces.
    await page.getByRole("combobox", { name: "Service" }).selectOption("helloagents-api");
    await panel("Endpoints").getByRole("link", { name: "/api/projects", exact: true }).first().click();
    await page.waitForURL(/\/traces\?q=%2Fapi%2Fprojects&from=\d{13}&to=\d{13}/);
    expect(faults).toEqual([]);
  } finally {
    await page.close();
  }
}, 120_000);

test("an alert's link opens the dashboard at the alert's time", async () => {
  const page = await browser.newPage();
  await page.goto(sharedStack().url("console", "/d/api-performance?from=1782907200000&to=1782910800000"));
  await page.getByRole("heading", { level: 1, name: "API Performance" }).waitFor();
  await expect.poll(() => page.url(), until).toContain("/dashboards/api-performance?from=1782907200000&to=1782910800000");
  await page.getByText(/2026.* to .*2026/).waitFor();
  await page.close();
});

/** Controls that a screen reader could not name. */
async function nameless(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input, select, summary, canvas, [role=img]")]
      .filter((element) => !element.closest("[aria-hidden=true]") && !(element.getAttribute("aria-label") ?? element.getAttribute("title") ?? element.textContent)?.trim() && !element.closest("label, [role=img][aria-label]"))
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}
