import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createStandIn } from "./assistant/stand-in.ts";
import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { openDatabase } from "./database/connection.ts";
import { startTestDatabase } from "./test-support/database.ts";
import type { TestDatabase } from "./test-support/database.ts";
import { client, listen, signIn } from "./test-support/http.ts";
import type { TestServer } from "./test-support/http.ts";
import { testSettings } from "./test-support/settings.ts";

let database: TestDatabase;
let standIn: TestServer;
let backend: Backend;

beforeAll(async () => {
  database = await startTestDatabase();
  standIn = await listen(createStandIn(0));
  backend = await startBackend(testSettings({ databaseUrl: database.url, assistantBaseUrl: `${standIn.url}/v1`, prometheusExporterPort: 1 }));
}, 60_000);

afterAll(async () => {
  await backend?.close();
  await standIn?.close();
  await database?.close();
});

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

const health = async () => {
  const { status, body } = await client(backend.url)("GET", "/health");
  return [status, body.status, ...Object.values(body.parts as Record<string, { status: string }>).map((part) => part.status)];
};
const eventually = (expected: unknown) => vi.waitFor(async () => expect(await health()).toEqual(expected), { timeout: 20_000, interval: 200 });

test("the database goes and comes back: 503 with a code meanwhile, then as before", async () => {
  const { api, user } = await signIn(backend.url, "Ada");
  await eventually([200, "ok", "up", "up", "up"]);
  await database.stop();
  expect(await api("GET", "/api/projects")).toMatchObject({ status: 503, body: { error: { code: "DATABASE_UNAVAILABLE" } } });
  expect((await api("GET", "/api/projects")).headers.get("retry-after")).toBe("1");
  await eventually([503, "down", "down", "up", "up"]);
  expect((await client(backend.url)("GET", "/metrics")).status).toBe(200);
  await database.restart();
  await eventually([200, "ok", "up", "up", "up"]);
  expect((await api("GET", "/api/session")).body).toEqual({ user });
});

test("without the assistant the service is degraded, not down", async () => {
  await standIn.close();
  await eventually([200, "degraded", "up", "up", "down"]);
});

test("/metrics answers 200 and says what is missing", async () => {
  const { body, headers } = await client(backend.url)("GET", "/metrics");
  expect(body).toMatch(/^# No metrics: the exporter at 127\.0\.0\.1:1 \(setting OTEL_EXPORTER_PROMETHEUS_PORT\) gave none: .+\n$/);
  expect(headers.get("content-type")).toContain("text/plain");
});

test("/metrics passes on what the exporter offers", async () => {
  const exporter = await listen((_req, res) => void res.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }).end("up_and_away 1\n"));
  onTestFinished(() => exporter.close());
  const other = await startBackend(testSettings({ databaseUrl: database.url, prometheusExporterPort: Number(new URL(exporter.url).port) }));
  onTestFinished(() => other.close());
  expect((await client(other.url)("GET", "/metrics")).body).toBe("up_and_away 1\n");
});

test("a database that stays away is one clear error without its password", async () => {
  const free = await listen(() => undefined);
  await free.close();
  const databaseUrl = free.url.replace("http://", "postgres://user:s3cret@") + "/x";
  const failure = await openDatabase({ databaseUrl, databasePoolMax: 1, databaseWaitMs: 300 }).catch((error: Error) => error.message);
  expect(failure).toMatch(/^no database at 127\.0\.0\.1:\d+ after 0\.3 s: .*ECONNREFUSED.* \(settings DATABASE_URL, DATABASE_WAIT_MS\)$/);
  expect(failure).not.toContain("s3cret");
});

test("closing lets requests under way end", async () => {
  const other = await startBackend(testSettings({ databaseUrl: database.url, sandboxTimeoutMs: 5_000 }));
  const { api } = await signIn(other.url, "Ada");
  const running = api("POST", "/api/executions", { language: "javascript", code: "const end = Date.now() + 400; while (Date.now() < end); 'ended'" });
  // The request is on its way once the sandbox is busy; asking health on another connection orders the two.
  await client(other.url)("GET", "/health");
  await other.close();
  expect(await running).toMatchObject({ status: 200, body: { output: [{ stream: "result", text: '"ended"' }] } });
  await expect(client(other.url)("GET", "/health")).rejects.toThrow("fetch failed");
});

test("PGlite's socket server, where connections share one session, gets one connection", async () => {
  const pool = await openDatabase({ databaseUrl: database.url, databasePoolMax: 5, databaseWaitMs: 1_000 });
  onTestFinished(() => pool.end());
  expect(pool.options.max).toBe(1);
});
