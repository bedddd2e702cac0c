import { performance } from "node:perf_hooks";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { readSettings } from "../settings.ts";
import { client, signIn } from "../test-support/http.ts";
import type { Client } from "../test-support/http.ts";
import { testService } from "../test-support/service.ts";

const service = testService({ faults: true });
let ada: Client;
let faults: Client;

beforeAll(async () => {
  ada = (await signIn(service.backend.url, "Ada")).api;
  faults = client(service.backend.url);
});

beforeEach(async () => {
  await faults("DELETE", "/faults");
});

async function statuses(count: number): Promise<number[]> {
  const answers = [];
  for (let sent = 0; sent < count; sent++) answers.push((await ada("GET", "/api/session")).status);
  return answers;
}

const run = async () => await ada("POST", "/api/executions", { language: "javascript", code: "6 * 7" });

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 50_000; !(await condition()); await new Promise((done) => setTimeout(done, 50))) if (Date.now() > end) throw new Error("not in time");
}

test("errors: the stated share of requests fails, the service's own pages do not; off, all is well", async () => {
  await faults("PUT", "/faults/errors", { amount: 25 });
  expect((await statuses(8)).filter((status) => status === 500)).toHaveLength(2);
  expect((await client(service.backend.url)("GET", "/metrics")).status).toBe(200);
  expect((await faults("DELETE", "/faults/errors")).body).toEqual({ faults: [] });
  expect(await statuses(4)).toEqual([200, 200, 200, 200]);
});

test("latency: requests take longer by what is stated", async () => {
  await faults("PUT", "/faults/latency", { amount: 300 });
  const begun = performance.now();
  expect((await ada("GET", "/api/session")).status).toBe(200);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
});

test("database: requests that need it fail with 503, and succeed again afterwards", async () => {
  await faults("PUT", "/faults/database");
  await eventually(async () => (await ada("GET", "/api/session")).status === 503);
  await faults("DELETE", "/faults/database");
  await eventually(async () => (await ada("GET", "/api/session")).status === 200);
});

test("sandbox: programs take longer, or find none", async () => {
  await faults("PUT", "/faults/sandbox_latency", { amount: 400 });
  expect((await run()).body).toMatchObject({ outcome: "success", durationMs: expect.toSatisfy((ms: number) => ms >= 400) });
  await faults("DELETE", "/faults");
  await faults("PUT", "/faults/sandbox_pool", { amount: 32 });
  expect((await run()).body.error.code).toBe("SANDBOX_BUSY");
  await faults("DELETE", "/faults");
  expect((await run()).body).toMatchObject({ outcome: "success" });
});

function rss_MB(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

test("memory is really used, and given back at once", async () => {
  const before_MB = rss_MB();
  await faults("PUT", "/faults/memory", { amount: 400 });
  await eventually(async () => rss_MB() > before_MB + 300);
  await faults("DELETE", "/faults/memory");
  // At once, and not whenever garbage is collected: a quiet service would never come down.
  expect(rss_MB()).toBeLessThan(before_MB + 200);
});

test("CPU is really used", async () => {
  await faults("PUT", "/faults/cpu", { amount: 90 });
  const start = performance.eventLoopUtilization();
  await eventually(async () => performance.eventLoopUtilization(start).utilization > 0.5);
});

test("down: connections are closed unanswered, the switches still answer", async () => {
  await faults("PUT", "/faults/down");
  await expect(ada("GET", "/api/session")).rejects.toThrow(/fetch failed/);
  await expect(client(service.backend.url)("GET", "/metrics")).rejects.toThrow(/fetch failed/);
  expect((await faults("DELETE", "/faults/down")).status).toBe(200);
  expect((await ada("GET", "/api/session")).status).toBe(200);
});

test("a fault that nobody renews goes off by itself", async () => {
  const { body } = await faults("PUT", "/faults/errors", { amount: 100, seconds: 1 });
  expect(body.faults).toMatchObject([{ kind: "errors", amount: 100 }]);
  await eventually(async () => (await faults("GET", "/faults")).body.faults.length === 0);
  expect(await statuses(1)).toEqual([200]);
});

test("wrong wishes are refused with what is accepted", async () => {
  expect((await faults("PUT", "/faults/fire")).body.error).toMatchObject({ code: "INVALID_REQUEST", details: [{ message: expect.stringContaining("errors, latency") }] });
  expect((await faults("PUT", "/faults/errors", { amount: 101 })).status).toBe(400);
  expect((await faults("PUT", "/faults/errors", { seconds: 100_000 })).status).toBe(400);
});

test.each([{ origin: "http://evil.example" }, { "x-forwarded-for": "10.0.0.1" }, { forwarded: "for=10.0.0.1" }])("a page or a proxy finds no switch: %j", async (headers) => {
  expect((await client(service.backend.url)("PUT", "/faults/errors", {}, headers)).body.error.code).toBe("NOT_FOUND");
  expect((await faults("GET", "/faults")).body.faults).toEqual([]);
});

test("without FAULTS there is no switch, and beyond loopback it cannot be had", async () => {
  expect(readSettings({}).faults).toBe(false);
  expect(readSettings({ FAULTS: "on" }).faults).toBe(true);
  expect(() => readSettings({ FAULTS: "on", HOST: "0.0.0.0" })).toThrow(/FAULTS=on needs HOST to be 127\.0\.0\.1/);
  const plain = await service.another();
  expect((await client(plain.url)("PUT", "/faults/errors")).status).toBe(404);
});
