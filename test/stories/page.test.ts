// A person at the page: a click's trace reaches the database, a page error becomes an issue, vitals become histograms.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultsOf, launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { inbox, json, promql } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { leave, signIn } from "../support/visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

interface Span {
  service: string;
  name: string;
  attributes: Record<string, unknown>;
}

test("a click in the page and the backend's database span share one trace", async () => {
  const stack = sharedStack();
  const page = await signIn(browser, stack);
  try {
    await eventually("a trace with page, backend and database", async () => {
      const traces = await json<{ traceId: string }[]>(stack.url("console", "/api/traces?service=helloagents-web&limit=50"));
      for (const { traceId } of traces) {
        const { spans } = await json<{ spans: Span[] }>(stack.url("console", `/api/traces/${traceId}`));
        const services = new Set(spans.map(({ service }) => service));
        const database = spans.some(({ service, attributes }) => service === "helloagents-api" && ("db.system.name" in attributes || "db.system" in attributes));
        if (database && services.has("helloagents-web") && services.has("helloagents-frontend")) return true;
      }
      return false;
    });
  } finally {
    await page.close();
  }
});

test("an uncaught error of the page arrives as an issue of the page's project, with session and release", async () => {
  const stack = sharedStack();
  const page = await signIn(browser, stack);
  const message = `page broke ${Date.now()}`;
  try {
    await page.evaluate((text) => {
      setTimeout(() => {
        throw new TypeError(text);
      });
    }, message);
    const item = await eventually("the page's issue", async () => (await inbox(stack, "sentry")).find(({ title, text }) => `${title} ${text}`.includes(message)));
    const event = item.raw as { platform: string; release: string; exception: { values: { type: string; value: string; stacktrace?: { frames: unknown[] } }[] } };
    expect(event.platform).toBe("javascript");
    expect(event.release).toMatch(/^helloagents-web@\d/);
    expect(event.exception.values.at(-1)).toMatchObject({ type: "TypeError", value: message });
    expect(JSON.stringify(item.raw)).toContain("session");
  } finally {
    await page.close();
  }
});

test("web vitals of a visit arrive in Prometheus as histograms by route", async () => {
  const stack = sharedStack();
  const page = await signIn(browser, stack);
  await leave(page);
  for (const vital of ["lcp_seconds", "fcp_seconds", "inp_seconds", "ttfb_seconds", "cls"]) {
    await eventually(vital, async () => (await promql(stack, `sum(browser_web_vital_${vital}_count{job="helloagents-web"})`)).some(({ value }) => value >= 1));
  }
  const routes = await promql(stack, "count by (url_template) (browser_web_vital_fcp_seconds_count)");
  await page.close();
  expect(routes.every(({ metric }) => metric.url_template?.startsWith("/") === true && !metric.url_template.includes("?"))).toBe(true);
});

test("the console's pages show the visit without a console error", async () => {
  const stack = sharedStack();
  const page = await browser.newPage();
  const faults = faultsOf(page);
  await page.goto(stack.url("console", "/"));
  for (const name of ["Inbox", "Issues", "Traces"]) {
    await page.getByRole("link", { name }).first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
  }
  expect(faults).toEqual([]);
  await page.close();
});
