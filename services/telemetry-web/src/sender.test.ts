import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSender, cut } from "./sender.ts";

const envelopes = { traces: ["T[", "]"], metrics: ["M[", "]"], logs: ["L[", "]"] } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(answer: () => Promise<Response>, stored = new Map<string, string>()) {
  const requests: { url: string; body: string; keepalive: boolean }[] = [];
  const sender = createSender({
    endpoint: "https://a.example/telemetry",
    envelopes: envelopes as never,
    fetch: ((url: string, init: RequestInit) => {
      requests.push({ url, body: String(init.body), keepalive: init.keepalive === true });
      return answer();
    }) as typeof fetch,
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => void stored.set(key, value), removeItem: (key) => void stored.delete(key) },
    beforeFlush() {},
  });
  return { sender, requests, stored };
}

const ok = async (): Promise<Response> => new Response(null, { status: 200 });
const down = async (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));

test("urgent items leave in the next task, the others together later", async () => {
  const { sender, requests } = setUp(ok);
  sender.add("traces", "1");
  sender.add("traces", "2");
  sender.add("logs", "3", true);
  expect(requests).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(requests).toEqual([{ url: "https://a.example/telemetry/v1/logs", body: "L[3]", keepalive: true }]);
  await vi.runAllTimersAsync();
  expect(requests[1]).toMatchObject({ url: "https://a.example/telemetry/v1/traces", body: "T[1,2]" });
});

test("keepalive stays within the quota of bytes in flight", () => {
  const { sender, requests } = setUp(() => new Promise(() => {}));
  for (let index = 0; index < 5; index++) sender.add("traces", `"${"x".repeat(25_000)}"`);
  void sender.flush();
  expect(requests.length).toBe(3);
  expect(requests.filter((request) => request.keepalive)).toHaveLength(1);
  expect(requests.every((request) => request.body.length <= 60_000)).toBe(true);
});

test("while the sink is down one body at a time is tried, and all arrive afterwards", async () => {
  let alive = false;
  const { sender, requests } = setUp(() => (alive ? ok() : down()));
  for (let index = 0; index < 4; index++) {
    sender.add("logs", String(index), true);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests.length).toBeGreaterThan(3);
  expect(requests.length).toBeLessThan(10);
  alive = true;
  requests.length = 0;
  await vi.advanceTimersByTimeAsync(31_000);
  expect(requests.map((request) => request.body).sort()).toEqual(["L[0]", "L[1]", "L[2]", "L[3]"]);
});

test.each([503, 429, 408])("status %d is tried again, after Retry-After", async (status) => {
  let answers = 0;
  const { sender, requests } = setUp(async () => new Response(null, answers++ === 0 ? { status, headers: { "retry-after": "7" } } : { status: 200 }));
  sender.add("logs", "1", true);
  await vi.advanceTimersByTimeAsync(6_900);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(requests).toHaveLength(2);
});

test("a refused body is dropped and counted, not tried again", async () => {
  const { sender, requests } = setUp(async () => new Response(null, { status: 400 }));
  sender.add("logs", "1", true);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(requests).toHaveLength(1);
  expect(sender.takeDropped()).toBe(1);
});

test("queues are bounded", async () => {
  const { sender, requests } = setUp(down);
  for (let index = 0; index < 1_000; index++) sender.add("traces", String(index));
  expect(sender.takeDropped()).toBe(600);
  for (let index = 0; index < 100; index++) {
    sender.add("logs", "1", true);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(sender.takeDropped()).toBeGreaterThan(70);
  expect(requests).toHaveLength(1);
});

test("what a dead sink refused survives a page change of the tab", async () => {
  const { sender, stored } = setUp(down);
  sender.add("logs", '"kept"', true);
  await vi.advanceTimersByTimeAsync(0);
  sender.stash();
  const next = setUp(ok, stored);
  next.sender.unstash();
  expect(next.requests.map((request) => request.body)).toEqual(['L["kept"]']);
  expect(stored.size).toBe(0);
});

test("a body never exceeds the limit by multi-byte text", () => {
  const payloads = cut("logs", Array.from({ length: 10 }, () => `"${"ä".repeat(10_000)}"`), ["L[", "]"]);
  expect(payloads.every(({ body }) => new TextEncoder().encode(body).length <= 60_000)).toBe(true);
  expect(payloads.reduce((total, { items }) => total + items, 0)).toBe(10);
});
