import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { buildBundles } from "../build.ts";
import { launchChromium } from "./chromium.ts";
import { startSite, type TestSite } from "./test-site.ts";

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

vi.setConfig({ testTimeout: 120_000 });

const until = { timeout: 40_000, interval: 50 };
let browser: Browser;
let folder: string;
let bundle: string;
let early: string;
let site: TestSite;
let api: TestSite;
let stranger: TestSite;
let page: Page;
const consoleTexts: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "telemetry-web-"));
  await buildBundles(folder);
  [bundle, early] = await Promise.all([readFile(join(folder, "telemetry.js"), "utf8"), readFile(join(folder, "early.js"), "utf8")]) as [string, string];
  browser = await launchChromium();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  consoleTexts.length = 0;
  [api, stranger] = await Promise.all([startSite({}), startSite({})]);
  const files: Record<string, string> = { "/telemetry.js": bundle, "/early.js": early, "/app.js": appScript };
  site = await startSite(files);
  const config = JSON.stringify({ serviceName: "helloagents-web", serviceVersion: "1.2.3", environment: "test", endpoint: "/telemetry", propagateTo: [api.origin], routes: ["/", "/projects/:id"] });
  const configured = `<script type="application/json" id="helloagents-telemetry">${config}</script><script src="/telemetry.js"></script>`;
  files["/"] = files["/projects/7"] = html(configured);
  files["/empty"] = "<!doctype html><title>e</title>";
  files["/unconfigured"] = html('<script src="/telemetry.js"></script>');
  files["/early"] = html(`<script type="application/json" id="helloagents-telemetry">${config}</script><script src="/early.js"></script><script src="/throws.js"></script><script defer src="/telemetry.js"></script>`);
  files["/injected"] = html(`${configured}<script src="/injected.js?v=1"></script>`);
  // What `sentry-cli sourcemaps inject` puts in front of a file.
  files["/injected.js"] = `!function(){try{var e="undefined"!=typeof window?window:{},n=(new e.Error).stack;n&&(e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="0a7651b9-16cd-43dd-8448-eb211c80319c")}catch(e){}}();\nsetTimeout(function fails() { throw new Error("of an injected file"); });`;
  files["/throws.js"] = 'Promise.reject(new Error("early rejection")); setTimeout(() => { throw new Error("early timer") }); throw new Error("early error");';
  page = await browser.newPage();
  page.on("console", (message) => consoleTexts.push(message.text()));
});

afterEach(async () => {
  await page.close();
  await Promise.all([site.close(), api.close(), stranger.close()]);
});

/** Run by the page, not by the test; the test sends it work through `window.work`. */
const appScript = `
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
  window.work = () => {};
  document.getElementById("go")?.addEventListener("click", () => window.work());
`;

function html(head: string): string {
  return `<!doctype html><title>t</title>${head}<h1>A page</h1><input id="text"><button id="go">Go</button><script src="/app.js"></script>`;
}

const records = (signal: string, items: (body: Json) => Json[]): Json[] =>
  site.received.filter((entry) => entry.signal === signal).flatMap(({ body }) => items(body));
const spans = (): Json[] => records("traces", (body) => body.resourceSpans[0].scopeSpans[0].spans);
const logs = (): Json[] => records("logs", (body) => body.resourceLogs[0].scopeLogs[0].logRecords);
const metrics = (): Json[] => records("metrics", (body) => body.resourceMetrics[0].scopeMetrics[0].metrics);

function attributes(item: Json): Record<string, Json> {
  return Object.fromEntries(item.attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]]));
}

const spanNamed = (name: string): Promise<Json> => vi.waitFor(() => spans().find((span) => span.name === name) ?? Promise.reject(new Error(`no span ${name} among ${spans().map((span) => span.name).join(", ")}`)), until);
const logSaying = (text: string): Promise<Json> => vi.waitFor(() => logs().find((log) => attributes(log)["exception.message"] === text) ?? Promise.reject(new Error(`no log ${text} among ${JSON.stringify(logs())}`)), until);

test("a page load arrives as one trace with release, environment and session", async () => {
  await page.goto(`${site.origin}/projects/7?token=secret`);
  const load = await spanNamed("documentLoad");
  const document = await spanNamed("documentFetch");
  expect(document).toMatchObject({ traceId: load.traceId, parentSpanId: load.spanId, kind: 3 });
  expect(BigInt(load.endTimeUnixNano) - BigInt(load.startTimeUnixNano)).toBeGreaterThan(0n);
  expect(attributes(load)).toMatchObject({ "url.template": "/projects/:id", "url.full": `${site.origin}/projects/7?token=****`, "session.id": expect.stringMatching(/^[0-9a-f]{32}$/) });
  const { body } = site.received.find(({ signal }) => signal === "traces")!;
  expect(attributes(body.resourceSpans[0].resource)).toMatchObject({
    "service.name": "helloagents-web",
    "service.version": "1.2.3",
    "deployment.environment.name": "test",
    "telemetry.sdk.language": "webjs",
  });
  expect(site.received.map(({ text }) => text).join()).not.toContain("secret");
});

test("traceparent goes to the own and the listed origin, never to another, and the ids match the spans", async () => {
  await page.goto(site.origin);
  await page.evaluate(async ([api, stranger]) => {
    await fetch("/api/own?mail=ada@example.com", { headers: { "x-own": "1" } });
    await fetch(new Request(`${api}/listed`, { method: "POST", body: "x" }));
    await fetch(`${stranger}/other`);
    await new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("GET", "/api/xhr");
      request.addEventListener("loadend", resolve);
      request.send();
    });
  }, [api.origin, stranger.origin]);
  await page.evaluate(() => window.helloagentsTelemetry?.flush());
  for (const [name, { calls }] of [["GET /api/own", site], [`POST ${new URL(api.origin).host}/listed`, api], ["GET /api/xhr", site]] as const) {
    const span = await spanNamed(name);
    const call = calls.find(({ path }) => name.endsWith(path));
    expect(call?.traceparent).toBe(`00-${span.traceId}-${span.spanId}-01`);
  }
  const span = await spanNamed(`GET ${new URL(stranger.origin).host}/other`);
  expect(attributes(span)).toMatchObject({ "http.response.status_code": "200" });
  expect(stranger.calls).toEqual([{ path: "/other", traceparent: undefined }]);
  expect(JSON.stringify(spans())).not.toContain("ada@example.com");
  expect(spans().some(({ name }) => name.includes("telemetry"))).toBe(false);
});

test("a click and its awaited requests share one trace, and so does the error after them", async () => {
  await page.goto(site.origin);
  await spanNamed("documentLoad");
  await page.evaluate(() => {
    Object.assign(window, {
      work: async () => {
        await fetch("/api/first");
        const answer = await fetch("/api/fails");
        throw new Error(`status ${answer.status}`);
      },
    });
  });
  await page.fill("#text", "typed before");
  await page.click("#go");
  const click = await spanNamed("click button");
  const first = await spanNamed("GET /api/first");
  const second = await spanNamed("GET /api/fails");
  expect([first, second].map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toEqual([[click.traceId, click.spanId], [click.traceId, click.spanId]]);
  expect(second.status.code).toBe(2);
  expect(attributes(click)["browser.interaction.target"]).toBe("button#go");
  expect(spans().some(({ name }) => name.startsWith("change"))).toBe(false);
  expect(JSON.stringify(site.received)).not.toContain("typed before");
  expect(await logSaying("status 500")).toMatchObject({ traceId: click.traceId, spanId: click.spanId });
});

test("web vitals arrive as delta histograms, also those that only leaving completes", async () => {
  await page.goto(`${site.origin}/projects/7`);
  await vi.waitFor(() => expect(metrics().map(({ name }) => name)).toEqual(expect.arrayContaining(["browser.web_vital.ttfb", "browser.web_vital.fcp"])), until);
  await page.evaluate(() => {
    const measured = new Promise((resolve) => {
      new PerformanceObserver((list) => list.getEntries().some((entry) => entry.name === "click") && resolve(true)).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
    });
    const busyMs = 80;
    Object.assign(window, { measured, work: () => { for (const end = performance.now() + busyMs; performance.now() < end; ); } });
  });
  await page.click("#go");
  await page.evaluate("measured");
  await page.goto(`${site.origin}/empty`);
  await vi.waitFor(() => expect(metrics().map(({ name }) => name)).toEqual(expect.arrayContaining(["browser.web_vital.lcp", "browser.web_vital.cls", "browser.web_vital.inp"])), until);
  for (const { unit, histogram, name } of metrics()) {
    expect(unit).toBe(name === "browser.web_vital.cls" ? "1" : "s");
    expect(histogram.aggregationTemporality).toBe(1);
    const [point] = histogram.dataPoints;
    expect(point).toMatchObject({ count: "1", attributes: [{ key: "url.template", value: { stringValue: "/projects/:id" } }] });
    expect(point.sum).toBeLessThan(30);
  }
  const names = metrics().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const text = site.received.filter(({ signal }) => signal === "metrics").map(({ text }) => text).join();
  expect(text).not.toMatch(/session\.id|instance\.id/);
});

test("errors, rejections and caught errors arrive with stack, user and the session of the spans", async () => {
  await page.goto(site.origin);
  await page.evaluate(() => window.helloagentsTelemetry?.setUser("u-1"));
  await page.evaluate(() => {
    setTimeout(function thrower() {
      throw new TypeError("thrown by ada@example.com");
    });
    setTimeout(function rejecter() {
      void Promise.reject(new RangeError("rejected"));
    });
    window.helloagentsTelemetry?.captureException(new Error("caught", { cause: new Error("the cause") }), { component: "Editor", mail: "ada@example.com" });
  });
  const thrown = await logSaying("thrown by ****");
  const rejected = await logSaying("rejected");
  const caught = await logSaying("caught");
  expect([thrown, rejected, caught].map(({ severityNumber, eventName }) => [severityNumber, eventName])).toEqual([[21, "exception"], [21, "exception"], [17, "exception"]]);
  expect(attributes(thrown)).toMatchObject({ "exception.type": "TypeError", "exception.stacktrace": expect.stringMatching(/at thrower .*:\d+:\d+/), "user.id": "u-1", "url.template": "/", "url.path": "/" });
  expect(attributes(rejected)["exception.stacktrace"]).toContain("at rejecter");
  expect(attributes(caught)).toMatchObject({ component: "Editor", mail: "****", "exception.stacktrace": expect.stringContaining("[cause]: Error: the cause") });
  const load = await spanNamed("documentLoad");
  const sessions = [load, thrown, rejected, caught].map((item) => attributes(item)["session.id"]);
  expect(new Set(sessions)).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{32}$/)]));
});

test("an error thrown right before leaving arrives", async () => {
  await page.goto(site.origin);
  await page.evaluate((next) => {
    setTimeout(() => {
      setTimeout(() => void (location.href = next));
      throw new Error("last words");
    });
  }, `${site.origin}/empty`);
  expect(await logSaying("last words")).toMatchObject({ severityNumber: 21 });
  // The error is here before the next page is; a page that is closed between two documents may never say that it is.
  await page.waitForURL(`${site.origin}/empty`);
});

test("errors before the bundle ran arrive through the early script", async () => {
  await page.goto(`${site.origin}/early`);
  for (const text of ["early error", "early rejection", "early timer"]) expect(attributes(await logSaying(text))["exception.stacktrace"]).toContain("throws.js");
});

test("an error of a file with an injected debug id carries it", async () => {
  const id = "0a7651b9-16cd-43dd-8448-eb211c80319c";
  await page.goto(`${site.origin}/injected`);
  expect(attributes(await logSaying("of an injected file"))["helloagents.exception.debug_ids"]).toEqual({ values: [{ stringValue: `${id} ${site.origin}/injected.js` }] });
  await page.evaluate(() => void setTimeout(() => { throw new Error("of no file"); }));
  expect(attributes(await logSaying("of no file"))).not.toHaveProperty("helloagents.exception.debug_ids");
});

test("an error storm is two records whose counts add up", async () => {
  await page.goto(site.origin);
  await page.evaluate(() => {
    for (let index = 0; index < 300; index++) window.dispatchEvent(new ErrorEvent("error", { error: Object.assign(new Error(`storm ${index}`), { stack: "Error: storm\n at a.js:1:1" }), message: "storm" }));
  });
  // The first goes at once, the others after seconds, or on leaving if that is earlier.
  await vi.waitFor(() => expect(logs()).not.toEqual([]), until);
  await page.goto(`${site.origin}/empty`);
  await vi.waitFor(() => expect(logs()).toHaveLength(2), until);
  expect(logs().map((log) => Number(attributes(log)["helloagents.exception.count"] ?? 1))).toEqual([1, 299]);
});

test.each(["reset", 503] as const)("while the sink answers %s the page works, and its error arrives later, even after a reload", async (broken) => {
  site.sink.broken = broken;
  await page.goto(site.origin);
  expect(await page.evaluate(async () => (await fetch("/api/works")).status)).toBe(200);
  // Leaves when the page, too, knows of the refusal: what is under way at that moment is nobody's any more.
  await page.evaluate(async () => {
    const thrown = new Promise((resolve) => window.addEventListener("error", resolve, { once: true }));
    setTimeout(() => { throw new Error("during the outage"); });
    await thrown;
    await window.helloagentsTelemetry?.flush();
  });
  await vi.waitFor(() => expect(site.sink.refused).not.toEqual([]), until);
  site.sink.broken = undefined;
  await page.reload();
  expect(await logSaying("during the outage")).toMatchObject({ eventName: "exception" });
});

test("a strict policy sees no violation, and nothing is written to the console", async () => {
  await page.goto(site.origin);
  await spanNamed("documentLoad");
  expect(await page.evaluate("violations")).toEqual([]);
  expect(consoleTexts.filter((text) => !text.includes("favicon"))).toEqual([]);
});

test("a bad configuration is one warning; the page and its calls work", async () => {
  await page.goto(`${site.origin}/unconfigured`);
  await page.evaluate(() => {
    window.helloagentsTelemetry?.setUser("x");
    window.helloagentsTelemetry?.captureException(new Error("x"));
    return window.helloagentsTelemetry?.flush();
  });
  expect(await page.evaluate(async () => (await fetch("/api/works")).status)).toBe(200);
  await vi.waitFor(() => expect(consoleTexts.filter((text) => text.startsWith("helloagents telemetry is off: no <script"))).toHaveLength(1), until);
  expect(site.received).toEqual([]);
});
