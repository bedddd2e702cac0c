// A dot on a graph is a request: from the latency panel to the trace of a slow one, for services whose SDK sends exemplars.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultsOf, launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { newTraceId, requestsRequest, send, spanRequest } from "../support/otlp.ts";
import { json, promql } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";

// A service of its own: no other story looks at its series.
const service = `exemplars-${Date.now()}`;
const route = "/reports/:id";
const seconds = 0.7;
const traceId = newTraceId();

interface Exemplars {
  data: { exemplars: { labels: Record<string, string>; value: string; timestamp: number }[] }[];
}

let browser: Browser;
let kept: { timestamp: number };
beforeAll(async () => {
  browser = await launchBrowser();
  const stack = sharedStack();
  const collector = stack.url("otlp-http");
  const startMs = Date.now();
  await eventually("a trace taken by the Collector", async () => await send(collector, "traces", spanRequest(service, `GET ${route}`, { "http.route": route }, traceId)));
  let count = 0;
  kept = await eventually("an exemplar in Prometheus, and a line to draw", async () => {
    count += 5;
    await send(collector, "metrics", requestsRequest(service, route, count, seconds, traceId, startMs));
    const query = new URLSearchParams({ query: `http_server_request_duration_seconds_bucket{job="${service}"}`, start: String(startMs / 1000 - 60), end: String(Date.now() / 1000 + 60) });
    const { data } = await json<Exemplars>(stack.url("prometheus", `/api/v1/query_exemplars?${query}`));
    const found = data.flatMap(({ exemplars }) => exemplars).find(({ labels }) => labels["trace_id"] === traceId);
    const drawn = await promql(stack, `job:http_server_request_duration_seconds:p95_rate5m{job="${service}"}`);
    return drawn.length > 0 && found;
  });
}, 120_000);
afterAll(async () => await browser?.close());

test("a service under the preload sends them: its requests in Prometheus lead to their traces", async () => {
  const stack = sharedStack();
  const example = await eventually("an exemplar of a request of the backend", async () => {
    await fetch(stack.url("backend", "/api/projects"));
    const query = new URLSearchParams({ query: 'http_server_request_duration_seconds_bucket{job="helloagents-api",http_route="/api/projects"}', start: String(Date.now() / 1000 - 600), end: String(Date.now() / 1000 + 60) });
    const { data } = await json<Exemplars>(stack.url("prometheus", `/api/v1/query_exemplars?${query}`));
    return data.flatMap(({ exemplars }) => exemplars).at(-1);
  });
  const trace = await eventually("its trace in the console", async () => await json<{ spans: { name: string; spanId: string }[] }>(stack.url("console", `/api/traces/${example.labels["trace_id"]}`)));
  expect(trace.spans.find(({ spanId }) => spanId === example.labels["span_id"])?.name).toMatch(/^[A-Z]+ \/api\/projects$/);
});

async function latency(): Promise<{ page: Page; faults: string[]; range: { from: number; to: number } }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const faults = faultsOf(page);
  // Whole minutes around the example, up to now: its line may have come later than the example itself.
  const at = kept.timestamp * 1000;
  const range = { from: Math.round(at - 300_000), to: Math.round(at + 60_000 * Math.ceil((Date.now() - at) / 60_000)) };
  await page.goto(sharedStack().url("console", `/dashboards/helloagents-overview?from=${range.from}&to=${range.to}&var-service=${service}&refresh=off`));
  await panelOf(page).scrollIntoViewIfNeeded();
  await panelOf(page).getByText("Traces:").waitFor({ timeout: 60_000 });
  return { page, faults, range };
}

const panelOf = (page: Page) => page.locator("section.panel").filter({ has: page.getByRole("heading", { name: "Latency", exact: true }) });

test("the example's time is a link to its trace, by keyboard", async () => {
  const { page, faults } = await latency();
  try {
    const example = panelOf(page).getByRole("link", { name: "Trace of 700 ms" }).first();
    await example.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`/traces/${traceId}`));
    await page.getByRole("heading", { level: 1, name: `GET ${route}` }).waitFor();
    expect(faults).toEqual([]);
  } finally {
    await page.close();
  }
});

test("so is its dot on the graph", async () => {
  const { page, faults, range } = await latency();
  try {
    const opened = async (): Promise<boolean> => await page.evaluate((id) => location.pathname === `/traces/${id}`, traceId);
    // Where it stands upright depends on the other lines: the column is tried from the top. A graph that is drawn anew meanwhile misses a click.
    await eventually("the trace behind the dot", async () => {
      const box = (await panelOf(page).locator(".u-over").boundingBox())!;
      const x = box.x + (box.width * (kept.timestamp * 1000 - range.from)) / (range.to - range.from);
      for (let y = box.y + 2; y < box.y + box.height; y += 5) {
        await page.mouse.click(x, y);
        if (await opened()) return true;
      }
      return false;
    });
    expect(faults).toEqual([]);
  } finally {
    await page.close();
  }
});
