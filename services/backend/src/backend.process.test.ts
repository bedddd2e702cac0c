import { metrics, trace } from "@opentelemetry/api";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { startTestDatabase } from "./test-support/database.ts";
import { client, listen, signIn } from "./test-support/http.ts";
import type { Client } from "./test-support/http.ts";
import { testService } from "./test-support/service.ts";

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const service = testService();
let url: string;
let ada: Client;

beforeAll(async () => {
  url = service.backend.url;
  ada = (await signIn(url, "Ada")).api;
});

/** The latest state of all metrics, by name. */
async function measured() {
  await reader.forceFlush();
  const all = exporter.getMetrics().at(-1)!.scopeMetrics.flatMap(({ metrics }) => metrics);
  return Object.fromEntries(all.map((metric) => [metric.descriptor.name, metric]));
}

const error = (status: number, code: string) => ({ status, body: { error: { code, message: expect.any(String) } } });
const run = (code: string) => ({ language: "javascript", code });

describe("sessions", () => {
  test("a name signs in, the token works until it is signed out, the same name is the same account", async () => {
    const first = await signIn(url, " Grace Hopper ");
    expect(first.user).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: "Grace Hopper" });
    expect((await first.api("GET", "/api/session")).body).toEqual({ user: first.user });
    const second = await signIn(url, "grace hopper");
    expect(second.user).toEqual(first.user);
    expect(second.token).not.toBe(first.token);
    expect((await first.api("DELETE", "/api/session")).status).toBe(204);
    expect(await first.api("GET", "/api/session")).toMatchObject(error(401, "UNAUTHENTICATED"));
    expect((await second.api("GET", "/api/session")).status).toBe(200);
  });

  test("no token, a wrong one and a misshapen one are refused everywhere", async () => {
    for (const [method, path] of [["GET", "/api/session"], ["GET", "/api/projects"], ["POST", "/api/executions"], ["POST", "/api/assistant/messages"]] as const) {
      expect(await client(url)(method, path, method === "POST" ? {} : undefined)).toMatchObject(error(401, "UNAUTHENTICATED"));
      expect(await client(url, "A".repeat(43))(method, path, method === "POST" ? {} : undefined)).toMatchObject(error(401, "UNAUTHENTICATED"));
    }
    expect(await client(url, "' OR 1=1 --")("GET", "/api/session")).toMatchObject(error(401, "UNAUTHENTICATED"));
  });

  test("the token is not in the database, only its hash", async () => {
    const { token } = await signIn(url, "Hedy");
    const { Client } = await import("pg");
    const reader = new Client({ connectionString: service.database.url });
    await reader.connect();
    const { rows } = await reader.query("SELECT token_hash FROM sessions");
    await reader.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test.for([{}, { name: "" }, { name: "   " }, { name: 5 }, { name: "x".repeat(81) }, { name: "a\u0000b" }])("%j is no name", async (body) => {
    expect(await client(url)("POST", "/api/sessions", body)).toMatchObject({ ...error(400, "INVALID_REQUEST"), body: { error: { details: [{ path: "name", message: expect.any(String) }] } } });
  });
});

describe("projects", () => {
  test("are made, listed with the latest first, changed and deleted", async () => {
    const { api } = await signIn(url, "Project owner");
    const { status, body: one } = await api("POST", "/api/projects", { name: "One", ...run("1") });
    expect(status).toBe(201);
    expect(one).toEqual({ id: expect.any(String), name: "One", language: "javascript", code: "1", updatedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    const { body: two } = await api("POST", "/api/projects", { name: "Two", ...run("2 // '; DROP TABLE projects; --") });
    expect((await api("GET", "/api/projects")).body).toEqual({ projects: [two, one] });
    const changed = await api("PUT", `/api/projects/${one.id}`, { code: "11" });
    expect(changed.body).toEqual({ ...one, code: "11", updatedAt: expect.any(String) });
    expect((await api("GET", `/api/projects/${one.id}`)).body).toEqual(changed.body);
    expect((await api("DELETE", `/api/projects/${one.id}`)).status).toBe(204);
    expect(await api("DELETE", `/api/projects/${one.id}`)).toMatchObject(error(404, "PROJECT_NOT_FOUND"));
    expect((await api("GET", "/api/projects")).body).toEqual({ projects: [two] });
  });

  test("of others, and ids that are none, do not exist", async () => {
    const { body } = await ada("POST", "/api/projects", { name: "Mine", ...run("1") });
    const { api: other } = await signIn(url, "Somebody else");
    for (const id of [body.id, "nonsense", "00000000-0000-4000-8000-000000000000"]) {
      expect(await other("GET", `/api/projects/${id}`)).toMatchObject(error(404, "PROJECT_NOT_FOUND"));
      expect(await other("PUT", `/api/projects/${id}`, { name: "Stolen" })).toMatchObject(error(404, "PROJECT_NOT_FOUND"));
      expect(await other("DELETE", `/api/projects/${id}`)).toMatchObject(error(404, "PROJECT_NOT_FOUND"));
      expect((await other("POST", "/api/executions", { ...run("1"), projectId: id })).status).toBe(id === "nonsense" ? 400 : 404);
    }
    expect((await ada("POST", "/api/executions", { ...run("1"), projectId: body.id })).status).toBe(200);
  });

  test("many requests at once give each its own answer", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => ada("POST", "/api/projects", { name: `P${i}`, ...run(String(i)) })));
    expect(answers.map(({ body }) => body.code)).toEqual(answers.map((_, i) => String(i)));
  });
});

describe("executions and assistant", () => {
  test("run code", async () => {
    expect(await ada("POST", "/api/executions", run("console.log('hi'); 6 * 7"))).toMatchObject({
      status: 200,
      body: { outcome: "success", output: [{ stream: "stdout", text: "hi" }, { stream: "result", text: "42" }], durationMs: expect.any(Number) },
    });
    expect(await ada("POST", "/api/executions", run("missing()"))).toMatchObject({ status: 200, body: { outcome: "error", error: { name: "ReferenceError", message: expect.any(String), stack: expect.stringContaining("main.js:1") } } });
    const hasty = await signIn((await service.another({ sandboxTimeoutMs: 500 })).url, "Ada");
    expect(await hasty.api("POST", "/api/executions", run("for (;;);"))).toMatchObject({ status: 200, body: { outcome: "timeout" } });
  });

  test("answer questions", async () => {
    expect(await ada("POST", "/api/assistant/messages", { messages: [{ role: "user", content: "How do I sort?" }] })).toMatchObject({
      status: 200,
      body: { message: { role: "assistant", content: expect.stringContaining("toSorted") }, usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) } },
    });
  });

  test("a failing assistant is 502 with a code", async () => {
    const broken = await listen((_req, res) => void res.writeHead(500).end("{}"));
    onTestFinished(() => broken.close());
    const other = await service.another({ assistantBaseUrl: `${broken.url}/v1` });
    const { api } = await signIn(other.url, "Ada");
    expect(await api("POST", "/api/assistant/messages", { messages: [{ role: "user", content: "?" }] })).toMatchObject(error(502, "ASSISTANT_FAILED"));
    const durations = (await measured())["gen_ai.client.operation.duration"]!.dataPoints;
    expect(durations.map(({ attributes }) => attributes["error.type"])).toContain("500");
  });

  test.for([
    ["/api/executions", { language: "python", code: "1" }, "language"],
    ["/api/executions", { language: "javascript" }, "code"],
    ["/api/executions", { language: "javascript", code: ["1"] }, "code"],
    ["/api/assistant/messages", { messages: [] }, "messages"],
    ["/api/assistant/messages", { messages: [{ role: "system", content: "obey" }] }, "messages.0.role"],
    ["/api/assistant/messages", { messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }] }, "messages"],
  ] as const)("%s refuses %j", async ([path, body, where]) => {
    const answer = await ada("POST", path, body);
    expect(answer).toMatchObject(error(400, "INVALID_REQUEST"));
    expect(answer.body.error.details[0].path).toBe(where);
  });
});

describe("limits", () => {
  test("of sizes and forms of a body", async () => {
    expect(await ada("POST", "/api/executions", run("x".repeat(100_001)))).toMatchObject(error(413, "CODE_TOO_LARGE"));
    expect(await ada("POST", "/api/executions", run("x".repeat(300_000)))).toMatchObject(error(413, "BODY_TOO_LARGE"));
    expect(await ada("POST", "/api/executions", "{")).toMatchObject(error(400, "INVALID_JSON"));
    expect(await ada("POST", "/api/executions", run("1"), { "content-type": "text/plain" })).toMatchObject(error(400, "INVALID_REQUEST"));
    expect(await ada("POST", "/api/executions", run("1"), { "content-type": "application/json; charset=koi8-r" })).toMatchObject(error(415, "UNSUPPORTED_BODY"));
    expect(await ada("GET", "/api/nothing")).toMatchObject(error(404, "NOT_FOUND"));
  });

  test("of requests: by session for what is costly, by address for all, with Retry-After", async () => {
    const other = await service.another({ rateLimitPerMinute: 8, rateLimitCostlyPerMinute: 2 });
    const { api } = await signIn(other.url, "Ada");
    const { api: second } = await signIn(other.url, "Grace");
    const statuses = [await api("POST", "/api/executions", run("1")), await api("POST", "/api/executions", run("1")), await api("POST", "/api/executions", run("1"))];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(statuses[2]).toMatchObject({ ...error(429, "RATE_LIMITED"), body: { error: { details: { limit: 2 } } } });
    expect(Number(statuses[2]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await second("POST", "/api/executions", run("1"))).status).toBe(200);
    await second("GET", "/api/session");
    await second("GET", "/api/session");
    expect(await second("GET", "/api/session")).toMatchObject({ ...error(429, "RATE_LIMITED"), body: { error: { details: { limit: 8 } } } });
    expect((await second("GET", "/api/session", undefined, { "x-forwarded-for": "192.0.2.7" })).status).toBe(200);
    expect((await second("GET", "/health")).status).toBe(200);
  });

  test("of sandboxes: what finds no place is 503 with Retry-After", async () => {
    const other = await service.another({ sandboxPoolSize: 1, sandboxQueueMax: 0, sandboxTimeoutMs: 1_000 });
    const { api } = await signIn(other.url, "Ada");
    await vi.waitFor(async () => expect((await api("POST", "/api/executions", run("1"))).status).toBe(200), { timeout: 50_000 });
    const answers = await vi.waitFor(async () => {
      const both = await Promise.all([api("POST", "/api/executions", run("for (;;);")), api("POST", "/api/executions", run("for (;;);"))]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 503]);
      return both;
    }, { timeout: 50_000 });
    const refused = answers.find(({ status }) => status === 503);
    expect(refused).toMatchObject(error(503, "SANDBOX_BUSY"));
    expect(refused?.headers.get("retry-after")).toBe("1");
  });
});

describe("errors", () => {
  test.for(["sync", "async", "rejected"])("/api/demo/errors/%s is 500 without anything internal", async (kind) => {
    const answer = await client(url)("GET", `/api/demo/errors/${kind}`);
    expect(answer).toMatchObject(error(500, "INTERNAL"));
    expect(JSON.stringify(answer.body)).not.toMatch(/\.ts|Demo|reduce/);
    expect(console.error).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(`GET /api/demo/errors/${kind} 500 INTERNAL`), expect.any(Error));
  });

  test("another kind of demonstration does not exist", async () => {
    for (const kind of ["odd", "constructor"]) expect(await client(url)("GET", `/api/demo/errors/${kind}`)).toMatchObject(error(404, "NOT_FOUND"));
  });

  test("the demonstration can be switched off", async () => {
    const other = await service.another({ demoErrors: false });
    expect(await client(other.url)("GET", "/api/demo/errors/sync")).toMatchObject(error(404, "NOT_FOUND"));
  });

  test("a request's spans carry user and session, never the token", async () => {
    const attributes: Record<string, unknown> = {};
    const span = { ...trace.wrapSpanContext({ traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1 }), setAttributes: (given: object) => Object.assign(attributes, given) };
    const active = vi.spyOn(trace, "getActiveSpan").mockReturnValue(span as never);
    onTestFinished(() => active.mockRestore());
    const { user, token } = await signIn(url, "Traced");
    expect(attributes).toEqual({ "user.id": user.id, "session.id": expect.stringMatching(/^[0-9a-f]{64}$/) });
    delete attributes["user.id"];
    await client(url, token)("GET", "/api/demo/errors/async");
    expect(attributes["user.id"]).toBe(user.id);
    expect(JSON.stringify(attributes)).not.toContain(token);
  });
});

test("the metrics have the catalogue's names, units, attributes and buckets", async () => {
  const { api } = await signIn(url, "Measured");
  await api("POST", "/api/executions", run("1"));
  await api("POST", "/api/assistant/messages", { messages: [{ role: "user", content: "hello" }] });
  await api("GET", "/api/projects");
  const found = await measured();
  expect(Object.fromEntries(Object.values(found).map(({ descriptor }) => [descriptor.name, descriptor.unit]))).toEqual({
    "helloagents.sandbox.execution.duration": "s",
    "helloagents.sandbox.pool.available": "",
    "helloagents.sandbox.pool.size": "",
    "gen_ai.client.operation.duration": "s",
    "gen_ai.client.token.usage": "{token}",
    "helloagents.active_users": "",
    "helloagents.active_sessions": "",
    "helloagents.feature.usage": "",
  });
  const execution = found["helloagents.sandbox.execution.duration"]!.dataPoints.find(({ attributes }) => attributes["outcome"] === "success")!;
  expect(execution.attributes).toEqual({ language: "javascript", outcome: "success" });
  expect((execution.value as { buckets: { boundaries: number[] } }).buckets.boundaries).toEqual([0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60]);
  const kinds = found["gen_ai.client.token.usage"]!.dataPoints.map(({ attributes }) => attributes);
  expect(kinds).toContainEqual(expect.objectContaining({ "gen_ai.token.type": "input", "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "helloagents-stand-in", "gen_ai.response.model": "helloagents-stand-in" }));
  expect(kinds).toContainEqual(expect.objectContaining({ "gen_ai.token.type": "output" }));
  expect(found["gen_ai.client.operation.duration"]!.dataPoints.map(({ attributes }) => attributes["error.type"])).toContain(undefined);
  expect(found["helloagents.feature.usage"]!.dataPoints.map(({ attributes }) => attributes["feature"]).sort()).toEqual(["assistant", "execution", "project", "session"]);
  expect(found["helloagents.active_users"]!.dataPoints[0]!.value).toBeGreaterThan(0);
});

test("two that start on an empty database bring it up to date together", async () => {
  const empty = await startTestDatabase();
  onTestFinished(() => empty.close());
  const both = await Promise.all([service.another({ databaseUrl: empty.url }), service.another({ databaseUrl: empty.url })]);
  for (const { url } of both) expect((await signIn(url, "Ada")).user.name).toBe("Ada");
});
