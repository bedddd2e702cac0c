import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { faultsOf, overflow, settled } from "../../demo/browser.ts";
import { consoleInChromium, type ConsoleInChromium } from "../../demo/console-in-chromium.ts";

// What each kind of panel makes of known answers, in Chromium: values, order, colours, lines that are hidden, and answers that are odd.

vi.setConfig({ testTimeout: 120_000 });

type Given = { labels: Record<string, string>; value: number | ((share: number) => number | undefined) };

const long = "a-name-that-nobody-would-choose-and-somebody-did/".repeat(6);

/** Answers by query; a function is given 0 at the start of the range and 1 at its end. */
const answers: Record<string, Given[]> = {
  good: [{ labels: {}, value: 0.2 }],
  whole: [{ labels: {}, value: 1 }],
  bad: [{ labels: {}, value: 0.95 }],
  odd: [{ labels: { n: "nan" }, value: Number.NaN }, { labels: { n: "minus" }, value: -12 }, { labels: { n: "many" }, value: 1_234_567 }],
  parts: [{ labels: { job: "a" }, value: 10 }, { labels: { job: "b" }, value: 10 }],
  rows: [{ labels: { route: "/b" }, value: 2 }, { labels: { route: "/a" }, value: 30 }, { labels: { route: long }, value: 4 }],
  buckets: [{ labels: { le: "0.1" }, value: 3 }, { labels: { le: "+Inf" }, value: 5 }, { labels: { le: "1" }, value: 5 }],
  crowd: Array.from({ length: 200 }, (_, n) => ({ labels: { job: `${long}${n}` }, value: n })),
  deploys: [{ labels: { job: "api", v: "1.1" }, value: (share) => (share > 0.4 && share < 0.45 ? 1 : undefined) }],
  firing: [{ labels: { alertname: "HighErrorRate", job: "api" }, value: (share) => (share >= 0.6 && share <= 0.8 ? 1 : undefined) }],
  services: ["api", `${long}1`, "web", `${long}2`].map((job) => ({ labels: { job }, value: 1234 })),
  nothing: [],
};

const steps = [{ value: null, color: "#009E73" }, { value: 0.5, color: "#E69F00" }, { value: 0.9, color: "#D55E00" }];

const panels = [
  { type: "stat", title: "Good", expr: "good", options: { graphMode: "area" } },
  { type: "stat", title: "Bad", expr: "bad" },
  { type: "gauge", title: "Dial", expr: "bad" },
  { type: "stat", title: "Odd", expr: "odd", legend: "{{n}}", plain: true },
  { type: "bargauge", title: "Bars", expr: "odd", legend: "{{n}}", plain: true },
  { type: "timeseries", title: "Stack", expr: "parts", legend: "{{job}}", plain: true, min: 0, max: 40, custom: { stacking: { mode: "normal" }, fillOpacity: 30 } },
  { type: "timeseries", title: "Crowd", expr: "crowd", legend: "same for all", plain: true },
  { type: "table", title: "Rows", expr: "rows", options: { sortBy: [{ displayName: "Value", desc: true }] }, transformations: [{ id: "organize", options: { excludeByName: { Time: true }, indexByName: { route: 0, Value: 1 }, renameByName: { route: "Route" } } }] },
  { type: "heatmap", title: "Heat", expr: "buckets", plain: true },
  { type: "timeseries", title: "Empty", expr: "nothing" },
  { type: "timeseries", title: "Broken", expr: "broken" },
  { type: "piechart", title: "Pie", expr: "good" },
  { type: "timeseries", title: "Limits", expr: "good", legend: "share", min: 0, max: 1, custom: { thresholdsStyle: { mode: "dashed" } } },
  { type: "timeseries", title: "No limits", expr: "good", legend: "share", min: 0, max: 1 },
  { type: "stat", title: "Services", expr: "services", legend: "{{job}}", plain: true, width: 4, options: { graphMode: "area" } },
  { type: "gauge", title: "Dials", expr: "services", legend: "{{job}}", plain: true, width: 4 },
  { type: "stat", title: "Narrow", expr: "whole", width: 4, min: 0, decimals: 2 },
];

const dashboard = {
  title: "Kinds",
  annotations: { list: [{ name: "Deploys", expr: "deploys", titleFormat: "{{job}} {{v}}", iconColor: "#56B4E9" }, { name: "Firing alerts", expr: "firing", titleFormat: "{{alertname}} ({{job}})", iconColor: "#CC79A7" }] },
  panels: panels.map(({ type, title, expr, legend = "", plain, options, transformations, width = 8, ...more }, index) => ({
    id: index + 1, type, title, gridPos: { x: (index % 3) * 8, y: Math.floor(index / 3) * 8, w: width, h: 8 }, interval: "15s", options, transformations,
    targets: [{ refId: "A", expr, legendFormat: legend, instant: type === "table" }],
    fieldConfig: { defaults: { unit: plain ? "short" : "percentunit", noValue: "Nothing yet", ...(!plain && { thresholds: { steps } }), ...("min" in more ? more : {}) } },
  })),
};

let local: ConsoleInChromium;
let page: Page;
let faults: string[];

beforeAll(async () => {
  local = await consoleInChromium((req, res) => void res.end(JSON.stringify(answerTo(new URL(req.url ?? "/", "http://x").searchParams))), "prometheusUrl", { kinds: dashboard });
}, 120_000);
afterAll(() => local?.stop());

function answerTo(query: URLSearchParams): object {
  const found = answers[query.get("query") ?? ""];
  if (!found) return { status: "error", error: "parse error: unexpected end of input" };
  const [start, end, step] = ["start", "end", "step"].map((name) => Number(query.get(name)));
  const ranged = query.has("step");
  const times = ranged ? Array.from({ length: Math.floor((end! - start!) / step!) + 1 }, (_, index) => start! + index * step!) : [Number(query.get("time"))];
  const result = found.map(({ labels: metric, value }) => {
    const values = times.flatMap((time, index) => {
      const here = typeof value === "number" ? value : value(index / Math.max(1, times.length - 1));
      return here === undefined ? [] : [[time, String(here)]];
    });
    return ranged ? { metric, values } : { metric, value: values[0] };
  });
  return { status: "success", data: { resultType: ranged ? "matrix" : "vector", result } };
}

beforeEach(async () => {
  page = await local.browser.newPage({ viewport: { width: 1440, height: 1800 } });
  faults = faultsOf(page, local.url);
  await page.goto(`${local.url}/dashboards/kinds?refresh=off`);
  await panel("Pie").waitFor();
  await settled(page);
});
afterEach(async () => {
  await page.close();
  if (faults.length > 0) throw new Error(`the browser's console says: ${faults.join("; ")}`);
});

const panel = (title: string) => page.locator("section.panel").filter({ has: page.getByRole("heading", { level: 3, name: title, exact: true }) });
const mark = (title: string) => panel(title).locator(".figure-value").first().evaluate((element) => getComputedStyle(element).borderLeftColor);
/** What is read may come a moment after what was done: it is polled for so long. */
const until = { timeout: 30_000 };
/** Arrow keys read a graph that is drawn; each graph is drawn in a task of its own. */
async function readByKeys(title: string): Promise<void> {
  await panel(title).locator(".u-over").waitFor();
  await panel(title).getByRole("img").focus();
  await page.keyboard.press("ArrowLeft");
}

test("a figure, its colour by the step it has reached, and a word when it is the worst", async () => {
  await expect.poll(() => panel("Good").locator(".figure-value").textContent(), until).toBe("20%");
  await expect.poll(() => mark("Good"), until).toBe("rgb(0, 158, 115)");
  expect(await panel("Good").getByText("beyond its limit").count()).toBe(0);
  await expect.poll(() => panel("Bad").locator(".figure-value").textContent(), until).toBe("95%");
  await expect.poll(() => mark("Bad"), until).toBe("rgb(213, 94, 0)");
  await panel("Bad").getByText("beyond its limit").waitFor();
  await panel("Dial").getByRole("img", { name: "Dial: 95 %, beyond its limit" }).waitFor();
  await expect.poll(() => panel("Dial").locator(".dial-value").evaluate((element) => getComputedStyle(element).stroke), until).toBe("rgb(213, 94, 0)");
});

test("the longest figure of a share fits into the narrowest panel", async () => {
  for (const width of [1110, 1200, 1440]) {
    await page.setViewportSize({ width, height: 1800 });
    const figures = panel("Narrow").locator(".figures");
    await expect.poll(() => figures.locator(".figure-value").textContent(), until).toBe("100.00%");
    expect([width, await figures.evaluate((element) => element.scrollWidth - element.clientWidth)]).toEqual([width, 0]);
  }
});

test("no number is a dash, a negative bar is empty, a large one is full", async () => {
  await expect.poll(() => panel("Odd").locator(".figure-value").allTextContents(), until).toEqual(["–", "-12", "1.23M"]);
  await expect.poll(() => panel("Bars").locator("li").evaluateAll((items) => items.map((item) => [item.querySelector(".bar-name")?.textContent, item.querySelector(".bar-value")?.textContent, item.querySelector<HTMLElement>(".bar-track i")?.style.width])), until).toEqual([["nan", "–", "0%"], ["minus", "-12", "0%"], ["many", "1.23 M", "100%"]]);
});

test.each([1440, 820, 390])("figures of several services with long names lie side by side or below each other in a window %i px wide, and graphs can be read", async (width) => {
  await page.setViewportSize({ width, height: 1800 });
  for (const [title, figure] of [["Services", ".figure"], ["Dials", ".dial"]] as const) {
    await panel(title).scrollIntoViewIfNeeded();
    await expect.poll(() => panel(title).locator(figure).count(), until).toBe(4);
    // What a figure says needs no more room than it has, and none takes that of another.
    const spilled = () => panel(title).locator(figure).evaluateAll((all) => all.flatMap((one) => {
      const box = one.getBoundingClientRect();
      const tooWide = [...one.querySelectorAll(".figure-value, svg")].filter((inner) => inner.getBoundingClientRect().right > box.right + 1).map(() => "too wide");
      const shared = all.filter((other) => other !== one).filter((other) => { const its = other.getBoundingClientRect(); return its.left < box.right - 1 && its.right > box.left + 1 && its.top < box.bottom - 1 && its.bottom > box.top + 1; }).map(() => "on another");
      return [...tooWide, ...shared, ...(box.height > 330 ? ["too high"] : [])];
    }));
    await expect.poll(spilled, until).toEqual([]);
  }
  // One dial is whole in its panel.
  const [dial, around] = [(await panel("Dial").locator(".dial svg").boundingBox())!, (await panel("Dial").boundingBox())!];
  expect(dial.height).toBeGreaterThan(60);
  expect(dial.y + dial.height).toBeLessThanOrEqual(around.y + around.height);
  expect(await panel("Services").locator(".figure-name").nth(1).getAttribute("title")).toBe(`${long}1`);
  expect((await panel("Stack").locator(".u-over").boundingBox())!.width).toBeGreaterThan(150);
  expect(await overflow(page)).toBe(0);
});

type Pixel = [red: number, green: number, blue: number, alpha: number];

/** Pixels of a graph's plot area along a line: `at` 0 to 1 down a row, or across a column. */
async function pixels(title: string, along: "row" | "column", at: number): Promise<Pixel[]> {
  return await panel(title).locator("canvas").evaluate((element, [direction, share]) => {
    const canvas = element as HTMLCanvasElement;
    const over = canvas.parentElement!.querySelector(".u-over")!.getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const [left, top, width, height] = [over.left - box.left, over.top - box.top, over.width, over.height].map((px) => Math.round(px * scale)) as [number, number, number, number];
    // A copy of its own each time: Chromium warns of a canvas that is drawn and read in turns.
    const context = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height }).getContext("2d", { willReadFrequently: true })!;
    context.drawImage(canvas, 0, 0);
    const { data } = direction === "row" ? context.getImageData(left, top + Math.round(height * share), width, 1) : context.getImageData(left + Math.round(width * share), top, 1, height);
    return Array.from({ length: data.length / 4 }, (_, index) => Array.from(data.slice(index * 4, index * 4 + 4)) as [number, number, number, number]);
  }, [along, at] as const);
}

/** Where along the line, 0 to 1, the pixels of a colour are. Faint ones have the colour only roughly: their alpha is small. */
function places(all: Pixel[], [red, green, blue]: [number, number, number], [least, most]: [number, number]): number[] {
  return all.flatMap(([r, g, b, alpha], index) => {
    const off = Math.max(Math.abs(r - red), Math.abs(g - green), Math.abs(b - blue));
    return alpha >= least && alpha <= most && off <= (alpha > 200 ? 3 : 15) ? [index / all.length] : [];
  });
}

const SOLID: [number, number] = [250, 255];
const FAINT: [number, number] = [10, 40];

/** How far down the graph, 0 to 1, a colour begins in its middle. */
async function heightOf(title: string, colour: [number, number, number]): Promise<number> {
  return places(await pixels(title, "column", 0.6), colour, SOLID)[0] ?? Number.NaN;
}

test("a stack adds up, a hidden line leaves it", async () => {
  // 20 of 40, then 10 of 40; the panel's end has a hair of room.
  await expect.poll(() => heightOf("Stack", [230, 159, 0]), until).toBeCloseTo(0.5, 1);
  const first = panel("Stack").getByRole("button", { name: "a", exact: true });
  await first.click();
  await expect.poll(() => first.getAttribute("aria-pressed"), until).toBe("false");
  await expect.poll(() => heightOf("Stack", [230, 159, 0]), until).toBeCloseTo(0.75, 1);
  await readByKeys("Stack");
  await expect.poll(() => panel("Stack").locator(".reading div span").allTextContents(), until).toEqual(["b"]);
});

test("two hundred lines of one long name stay in their panel", async () => {
  await expect.poll(() => panel("Crowd").locator("[data-last]").count(), until).toBe(200);
  const box = (await panel("Crowd").boundingBox())!;
  expect(box.width).toBeLessThan(420);
  await readByKeys("Crowd");
  await panel("Crowd").getByText("and 188 more").waitFor();
  expect(await overflow(page)).toBe(0);
});

test("a table is sorted as the panel says, then as its headings are clicked", async () => {
  const routes = async () => await panel("Rows").locator("tbody tr td:first-child").allTextContents();
  await expect.poll(routes, until).toEqual(["/a", long, "/b"]);
  await panel("Rows").getByRole("button", { name: "Value" }).click();
  await expect.poll(routes, until).toEqual(["/b", long, "/a"]);
  await expect.poll(() => panel("Rows").getByRole("columnheader", { name: "Value" }).getAttribute("aria-sort"), until).toBe("ascending");
  await panel("Rows").getByRole("button", { name: "Route" }).click();
  await expect.poll(routes, until).toEqual(["/a", "/b", long]);
});

test("a heat map counts what each bucket has beyond the one below", async () => {
  const heat = panel("Heat").locator(".heat");
  // 241 moments of an hour; 5 events each, 3 of them in the lowest bucket.
  await expect.poll(() => heat.getAttribute("data-total"), until).toBe("1205");
  await expect.poll(() => heat.getAttribute("data-fullest"), until).toBe("0.1");
  await panel("Heat").getByRole("img", { name: /most of them 0 to 0.1/ }).waitFor();
});

test("a deploy is marked, told where it was, and can be left out", async () => {
  const deploys = page.getByRole("group", { name: "Marks on the graphs" }).getByRole("button", { name: /Deploys/ });
  // Marks come by a request of their own, and every change of theirs draws the graphs anew: the pointer moves until it is noticed.
  await expect.poll(() => deploys.textContent(), until).toBe("Deploys 1");
  await panel("Stack").scrollIntoViewIfNeeded();
  const box = (await panel("Stack").locator(".u-over").boundingBox())!;
  const readings = async (share: number) => {
    await page.mouse.move(box.x + box.width * share, box.y + 20);
    await page.mouse.move(box.x + box.width * share, box.y + 22);
    return await panel("Stack").locator(".reading div span").allTextContents();
  };
  await expect.poll(() => readings(0.42), until).toEqual(["a", "b", "api 1.1"]);
  await deploys.click();
  await expect.poll(() => readings(0.425), until).toEqual(["a", "b"]);
});

/** Pixels of a graph between two lines of its grid, above its own line. */
const row = async () => await pixels("No limits", "row", 0.33);

test("an alert is marked from its first to its last moment, and told by name", async () => {
  const purple: [number, number, number] = [204, 121, 167];
  await expect.poll(async () => places(await row(), purple, SOLID), until).not.toEqual([]);
  const drawn = await row();
  const begin = places(drawn, purple, SOLID);
  expect(begin.length).toBeLessThanOrEqual(2);
  // Marks are asked each minute of the hour.
  const minute = 1 / 60;
  expect(Math.abs(begin[0]! - 0.6)).toBeLessThan(minute);
  const stretch = places(drawn, purple, FAINT);
  expect(Math.abs(stretch[0]! - 0.6)).toBeLessThan(minute);
  expect(Math.abs(stretch.at(-1)! - 0.8)).toBeLessThan(minute);
  expect(stretch.length / drawn.length).toBeGreaterThan(0.18);
  expect(stretch.length / drawn.length).toBeLessThan(0.21);

  const alerts = page.getByRole("group", { name: "Marks on the graphs" }).getByRole("button", { name: /Firing alerts/ });
  const told = page.getByRole("list", { name: "Marks in this range" }).getByRole("listitem");
  await told.filter({ hasText: /^Firing alerts: HighErrorRate \(api\), \d+ \w+, \d\d:\d\d to \d+ \w+, \d\d:\d\d$/ }).waitFor({ state: "attached" });
  expect(await told.count()).toBe(2);

  // Keys move into it: it is read out with the values.
  await panel("No limits").getByRole("img").focus();
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("PageUp");
  await expect.poll(async () => await panel("No limits").locator("[aria-live]").textContent(), until).toMatch(/share 20 %, HighErrorRate \(api\)$/);

  await alerts.click();
  await expect.poll(async () => places(await row(), purple, SOLID), until).toEqual([]);
  expect(places(await row(), purple, FAINT)).toEqual([]);
  expect(await told.allTextContents()).toEqual([expect.stringMatching(/^Deploys: api 1\.1, /)]);
});

test("limits are dashed lines at their values, and told by name; a graph without them has none", async () => {
  const lines = { amber: { colour: [230, 159, 0], value: 0.5 }, vermilion: { colour: [213, 94, 0], value: 0.9 } } as const;
  for (const [name, { colour, value }] of Object.entries(lines)) {
    const [red, green, blue] = colour;
    // Somewhere near the left edge a dash, not a gap: any of these columns.
    const heights = async (title: string) => (await Promise.all([0.1, 0.11, 0.12, 0.13].map(async (column) => places(await pixels(title, "column", column), [red, green, blue], [120, 255])))).flat();
    await expect.poll(async () => await heights("Limits"), until).not.toEqual([]);
    // The panel ends at 1, with a hair of room.
    for (const height of await heights("Limits")) expect(Math.abs(height - (1 - value / 1.01)), name).toBeLessThan(0.015);
    expect(await heights("No limits"), name).toEqual([]);
    const middle = (await heights("Limits"))[0]!;
    const along = await pixels("Limits", "row", middle);
    const dashes = places(along, [red, green, blue], [120, 255]).length / along.length;
    expect(dashes, `${name} is dashed`).toBeGreaterThan(0.45);
    expect(dashes, `${name} is dashed`).toBeLessThan(0.75);
  }
  await panel("Limits").getByRole("img", { name: "Limits: share 20 %; limits 50 %, 90 %" }).waitFor();
  await panel("No limits").getByRole("img", { name: "No limits: share 20 %", exact: true }).waitFor();
});

function secondOfDay(text: string): number {
  const [hours, minutes, seconds] = /(\d\d):(\d\d):(\d\d)/.exec(text)!.slice(1).map(Number);
  return hours! * 3600 + minutes! * 60 + seconds!;
}

test("a heat map is read with keys: time, bucket and count are told, the cell is shown", async () => {
  const map = panel("Heat").getByRole("img");
  const told = panel("Heat").locator("[aria-live]");
  const cell = panel("Heat").locator(".heat-cells i");
  await map.focus();
  expect(await told.textContent()).toBe("");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => await told.textContent(), until).toMatch(/^\d+ \w+, \d\d:\d\d:\d\d, 0 to 0\.1: 3 events$/);
  const newest = (await told.textContent())!;
  const canvas = (await map.boundingBox())!;
  const box = (await cell.boundingBox())!;
  // The last of 241 columns, the lower of two rows.
  expect(box.x + box.width).toBeCloseTo(canvas.x + canvas.width, -1);
  expect((box.y + box.height / 2 - canvas.y) / canvas.height).toBeCloseTo(0.75, 1);
  await page.keyboard.press("ArrowUp");
  await expect.poll(async () => await told.textContent(), until).toContain(", 0.1 to 1: 2 events");
  expect(((await cell.boundingBox())!.y + box.height / 2 - canvas.y) / canvas.height).toBeCloseTo(0.25, 1);
  // Beyond the largest that occurred there is nothing.
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  await expect.poll(async () => await told.textContent(), until).toBe(newest);
  // Points are 15 s apart.
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => (secondOfDay(newest) - secondOfDay((await told.textContent())!) + 86_400) % 86_400, until).toBe(60);
  expect(await panel("Heat").locator(".reading time").textContent()).toBe((await told.textContent())!.replace(/, 0 to.*$/, ""));
  await page.keyboard.press("Escape");
  await expect.poll(async () => await told.textContent(), until).toBe("");
  expect(await cell.count()).toBe(0);
});

test("an empty answer, a refused query and a kind of panel that only Grafana draws say so", async () => {
  await expect.poll(() => panel("Empty").locator(".panel-empty").textContent(), until).toBe("Nothing yet");
  await panel("Broken").getByText("Prometheus answered 200: parse error: unexpected end of input").first().waitFor();
  await panel("Pie").getByText("The console does not draw panels of the kind piechart; Grafana does.").waitFor();
});

test("a range that cannot be read is said, and the last hour shown", async () => {
  await page.goto(`${local.url}/dashboards/kinds?from=yesterday-ish&to=now`);
  await page.getByRole("alert").getByText("The range “yesterday-ish” to “now” cannot be read").waitFor();
  await panel("Good").getByText("20").waitFor();
  await expect.poll(() => page.locator(".board-range").textContent(), until).toContain("yesterday-ish to now");
});

test("until the browser has told what is near, a panel says that it is busy", async () => {
  const early = await local.browser.newPage();
  await early.addInitScript(() => { IntersectionObserver.prototype.observe = () => undefined; });
  await early.goto(`${local.url}/dashboards/kinds?refresh=off`);
  await early.getByRole("heading", { level: 3, name: "Pie" }).waitFor();
  await expect.poll(() => early.locator('section.panel[aria-busy="true"]').count(), until).toBe(panels.length);
  await early.close();
});
