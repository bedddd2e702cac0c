// Every service x signal of test/signals.yaml really arrives; the catalogue, the handbook's queries and the printed addresses answer.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { json, promql } from "../support/queries.ts";
import { printedByTheStack, sharedStack } from "../support/shared-stack.ts";
import { hasArrived, signalRows } from "../support/signals.ts";
import { leave, signIn } from "../support/visit.ts";
import { repository, type Stack } from "../support/stack.ts";

let browser: Browser;

beforeAll(async () => {
  const stack = sharedStack();
  // One visit and two failing requests, so that the page's signals and 5xx answers exist whatever the demo traffic does.
  browser = await launchBrowser();
  await leave(await signIn(browser, stack));
  for (const kind of ["sync", "async"]) await fetch(stack.url("backend", `/api/demo/errors/${kind}`));
});

afterAll(async () => {
  await browser?.close();
});

test.each(signalRows)("$service: $signal $item arrives", async (row) => {
  await eventually(`${row.signal} ${row.item} of ${row.service}`, async () => await hasArrived(sharedStack(), row));
});

test.each([
  'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))',
  'rate(http_requests_total[5m])',
  'rate(http_requests_total{status_code=~"5.."}[5m]) / rate(http_requests_total[5m])',
  'process_memory_usage / process_memory_limit',
  "sum(rate(http_requests_total{status_code!~'5..'}[30d])) / sum(rate(http_requests_total[30d]))",
  'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[30d]))',
])("the handbook's query answers as written: %s", async (query) => {
  const samples = await eventually(query, async () => {
    const found = await promql(sharedStack(), query);
    return found.some(({ value }) => Number.isFinite(value)) && found;
  });
  expect(samples.length).toBeGreaterThan(0);
});

interface Metric {
  name: string;
  type: string;
  labels: string[];
  from: string[];
}

const catalogue = (parse(readFileSync(join(repository, "monitoring/metrics.yml"), "utf8")) as { metrics: Metric[] }).metrics;
const ours = catalogue.filter(({ from }) => from.some((part) => ["backend", "telemetry-node", "telemetry-web"].includes(part)));

test.each(ours)("the catalogue's $name is emitted under that name, with its labels", async ({ name, type, labels }) => {
  const series = type === "histogram" ? `${name}_count` : name;
  const found = await eventually(series, async () => {
    const samples = await promql(sharedStack(), `${series}{job=~"helloagents-.*"}`);
    return samples.length > 0 && samples;
  });
  const known = new Set(["__name__", "job", "instance", ...labels]);
  const unknown = new Set(found.flatMap(({ metric }) => Object.keys(metric).filter((label) => !known.has(label))));
  expect([...unknown]).toEqual([]);
});

test("no service of ours emits a metric that the catalogue does not have", async () => {
  const url = sharedStack().url("prometheus", `/api/v1/label/__name__/values?${new URLSearchParams({ "match[]": '{job=~"helloagents-.*"}' })}`);
  const { data } = await json<{ data: string[] }>(url);
  const known = new Set(catalogue.flatMap(({ name, type }) => (type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])));
  // ALERTS and scrape_* are Prometheus' own words about a job.
  expect(data.filter((name) => !known.has(name) && !/^(ALERTS|scrape_)/.test(name))).toEqual([]);
});

test("every address that the stack printed answers", async () => {
  const stack = sharedStack();
  const printed = [...new Set([...printedByTheStack().matchAll(/http:\/\/localhost:\d+[\w/?=.-]*/g)].map(([url]) => url))];
  expect(printed.length).toBeGreaterThanOrEqual(8);
  // Stories before this one end and start parts: all are to be back.
  await eventually("all parts ready", async () => {
    const { parts } = await json<{ parts: { name: string; state: string }[] }>(stack.url("console", "/api/parts"));
    expect(parts.filter((part) => part.state !== "ready")).toEqual([]);
    return parts.length > 0;
  });
  for (const url of printed) expect(await statusOf(url, stack.ports), url).toBe(url.includes("/api/demo/errors/") ? 500 : 200);
});

/** The status a GET gets there; of the OTLP ports, which take no GET, 200 when they take what they are for. */
async function statusOf(url: string, ports: Stack["ports"]): Promise<number> {
  const port = Number(new URL(url).port);
  if (port === ports["otlp-http"]) return (await fetch(`${url}/v1/traces`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })).status;
  if (port !== ports["otlp-grpc"]) return (await fetch(url)).status;
  const socket = createConnection({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.destroy();
  return 200;
}
