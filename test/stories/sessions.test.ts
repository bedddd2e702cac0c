// Release health: requests to services and visits of pages arrive as sessions, through the real Collector and the bridge.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { ownService } from "../support/own-service.ts";
import { json } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { signIn } from "../support/visit.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

/** What the console, as Sentry, has counted for a project: by status. */
async function sessions(project: string, stack: Stack = sharedStack()): Promise<Record<string, number>> {
  const projects = await json<{ project: string; sessions: Record<string, number> }[]>(stack.url("console", "/api/projects"));
  return projects.find((each) => each.project === project)?.sessions ?? {};
}

test("requests to a service are sessions of its release: answered well they exit, answered 500 they crash", async () => {
  const stack = sharedStack();
  const before = await sessions("1");
  const service = await ownService({
    OTEL_SERVICE_NAME: "healthy",
    OTEL_RESOURCE_ATTRIBUTES: "service.version=4.2.0",
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http"),
    OTEL_METRIC_EXPORT_INTERVAL: "1000",
    // Counts are exact all the same.
    OTEL_TRACES_SAMPLER: "always_off",
  });
  try {
    for (let n = 0; n < 20; n += 1) expect((await fetch(`${service.url}/orders/${n}`)).status).toBe(200);
    for (let n = 0; n < 60; n += 1) expect((await fetch(`${service.url}/sync/${n}`)).status).toBe(500);
    await eventually("20 sessions that exited and 60 that crashed", async () => {
      const now = await sessions("1");
      return (now["exited"] ?? 0) >= (before["exited"] ?? 0) + 20 && (now["crashed"] ?? 0) >= (before["crashed"] ?? 0) + 60;
    });
  } finally {
    await service.stop();
  }
});

test("requests to a service that the bridge is told to count by spans are counted by them alone, though it sends the metric too", async () => {
  const stack = await startStack({ args: ["--only", "collector,sentry-bridge,console"], env: { SENTRY_DSN: "", VITE_SENTRY_DSN: "", SENTRY_BRIDGE_SESSIONS_FROM_SPANS: "by-*" } });
  const started = ["otlp", "none"].map((metrics) => ownService({
    OTEL_SERVICE_NAME: `by-spans-metrics-${metrics}`,
    OTEL_METRICS_EXPORTER: metrics,
    OTEL_RESOURCE_ATTRIBUTES: "service.version=4.2.0",
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http"),
  }));
  try {
    for (const service of await Promise.all(started)) {
      for (let n = 0; n < 20; n += 1) expect((await fetch(`${service.url}/orders/${n}`)).status).toBe(200);
      for (let n = 0; n < 5; n += 1) expect((await fetch(`${service.url}/sync/${n}`)).status).toBe(500);
      await service.stop();
    }
    await eventually("as many sessions as requests", async () => Object.values(await sessions("1", stack)).reduce((sum, count) => sum + count, 0) >= 50);
    expect(await sessions("1", stack)).toEqual({ exited: 40, crashed: 10 });
  } finally {
    for (const service of await Promise.allSettled(started)) if (service.status === "fulfilled") await service.value.stop();
    await stack.stop();
  }
});

test("a visit of the page is a session of the page's project, and an uncaught error crashes it", async () => {
  const stack = sharedStack();
  const before = await sessions("2");
  const page = await signIn(browser, stack);
  try {
    await eventually("the session has begun", async () => ((await sessions("2"))["ok"] ?? 0) > (before["ok"] ?? 0));
    await page.evaluate(() => {
      setTimeout(() => {
        throw new TypeError(`the visit ends ${Date.now()}`);
      });
    });
    await eventually("the session has crashed", async () => ((await sessions("2"))["crashed"] ?? 0) > (before["crashed"] ?? 0));
  } finally {
    await page.close();
  }
});
