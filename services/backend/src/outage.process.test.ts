import { expect, onTestFinished, test, vi } from "vitest";
import { openDatabase } from "./database/connection.ts";
import { client, listen, signIn } from "./test-support/http.ts";
import { testService } from "./test-support/service.ts";

const service = testService({ prometheusExporterPort: 1 });

const health = async () => {
  const { status, body } = await client(service.backend.url)("GET", "/health");
  return [status, body.status, ...Object.values(body.parts as Record<string, { status: string }>).map((part) => part.status)];
};
const eventually = (expected: unknown) => vi.waitFor(async () => expect(await health()).toEqual(expected), { timeout: 50_000, interval: 200 });

test("the database goes and comes back: 503 with a code meanwhile, then as before", async () => {
  const { api, user } = await signIn(service.backend.url, "Ada");
  await eventually([200, "ok", "up", "up", "up"]);
  await service.database.stop();
  expect(await api("GET", "/api/projects")).toMatchObject({ status: 503, body: { error: { code: "DATABASE_UNAVAILABLE" } } });
  expect((await api("GET", "/api/projects")).headers.get("retry-after")).toBe("1");
  await eventually([503, "down", "down", "up", "up"]);
  expect((await client(service.backend.url)("GET", "/metrics")).status).toBe(200);
  await service.database.restart();
  await eventually([200, "ok", "up", "up", "up"]);
  expect((await api("GET", "/api/session")).body).toEqual({ user });
});

test("without the assistant the service is degraded, not down", async () => {
  await service.standIn.close();
  await eventually([200, "degraded", "up", "up", "down"]);
});

test("/metrics answers 200 and says what is missing", async () => {
  const { body, headers } = await client(service.backend.url)("GET", "/metrics");
  expect(body).toMatch(/^# No metrics: the exporter at 127\.0\.0\.1:1 \(setting OTEL_EXPORTER_PROMETHEUS_PORT\) gave none: .+\n$/);
  expect(headers.get("content-type")).toContain("text/plain");
});

test("/metrics passes on what the exporter offers", async () => {
  const exporter = await listen((_req, res) => void res.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" }).end("up_and_away 1\n"));
  onTestFinished(() => exporter.close());
  const other = await service.another({ prometheusExporterPort: Number(new URL(exporter.url).port) });
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
  const other = await service.another();
  const { api } = await signIn(other.url, "Ada");
  const running = api("POST", "/api/executions", { language: "javascript", code: "const end = Date.now() + 400; while (Date.now() < end); 'ended'" });
  // The request is on its way once the sandbox is busy; asking health on another connection orders the two.
  await client(other.url)("GET", "/health");
  await other.close();
  expect(await running).toMatchObject({ status: 200, body: { output: [{ stream: "result", text: '"ended"' }] } });
  await expect(client(other.url)("GET", "/health")).rejects.toThrow("fetch failed");
});

test("PGlite's socket server, where connections share one session, gets one connection", async () => {
  const pool = await openDatabase({ databaseUrl: service.database.url, databasePoolMax: 5, databaseWaitMs: 1_000 });
  onTestFinished(() => pool.end());
  expect(pool.options.max).toBe(1);
});
