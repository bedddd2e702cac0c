import type { IncomingMessage } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createApp } from "./app.ts";
import { readSite } from "./site.ts";
import { listen, type Listening } from "./test-support/listen.ts";

const seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
let answer: { status: number; headers?: Record<string, string>; body: string };
let folder: string;
let upstream: Listening;
let server: Listening;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "frontend-app-"));
  await mkdir(join(folder, "assets"));
  await Promise.all([
    writeFile(join(folder, "index.html"), "<!doctype html><!--telemetry--><title>page</title>"),
    writeFile(join(folder, "assets/app-1.js"), "1"),
    writeFile(join(folder, "assets/app-1.js.map"), "{}"),
    writeFile(join(folder, "icon.svg"), "<svg/>"),
    writeFile(join(folder, "telemetry.js"), "/*bundle*/"),
  ]);
  upstream = await listen(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers }).end(answer.body);
  });
  server = await listen(await app({ backendUrl: upstream.url, collectorUrl: upstream.url }));
});

beforeEach(() => {
  seen.length = 0;
  answer = { status: 200, body: "{}" };
});

afterAll(async () => {
  await Promise.all([server.close(), upstream.close(), rm(folder, { recursive: true, force: true })]);
});

async function app(options: { backendUrl: string; collectorUrl: string; telemetryPerMinute?: number; trustProxy?: number }) {
  const site = await readSite(folder, join(folder, "telemetry.js"), { version: "9.9.9", environment: "test" });
  return createApp({ site, version: "9.9.9", environment: "test", ...options });
}

function post(path: string, body: string, headers: Record<string, string> = { "content-type": "application/json" }): Promise<Response> {
  return fetch(server.url + path, { method: "POST", body, headers });
}

/** Nobody listens there: a port that was free a moment ago may be somebody's by now, a low one is not given away. */
const deadUrl = "http://127.0.0.1:2";

test("every route answers the page with its configuration, a strict policy and no long caching", async () => {
  for (const path of ["/", "/projects/7", "/nowhere"]) {
    const response = await fetch(server.url + path, { headers: { accept: "text/html" } });
    expect(await response.text()).toContain('"serviceVersion":"9.9.9"');
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const policy = response.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|upgrade-insecure/);
  }
});

test("hashed files are immutable, source maps are not given out, the telemetry script is revalidated", async () => {
  expect((await fetch(`${server.url}/assets/app-1.js`)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect((await fetch(`${server.url}/assets/app-1.js.map`)).status).toBe(404);
  expect((await fetch(`${server.url}/assets/gone.js`)).status).toBe(404);
  expect((await fetch(`${server.url}/icon.svg`)).headers.get("content-type")).toContain("svg");
  const script = await fetch(`${server.url}/telemetry.js`);
  expect([await script.text(), script.headers.get("cache-control")]).toEqual(["/*bundle*/", "no-cache"]);
});

test("/api goes to the backend with its headers and body, and its answer comes back as it is", async () => {
  answer = { status: 404, headers: { "x-own": "1" }, body: '{"error":{"code":"not_found"}}' };
  const response = await post("/api/projects?x=1", '{"name":"a"}', { "content-type": "application/json", authorization: "Bearer t", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
  expect([response.status, response.headers.get("x-own"), await response.text()]).toEqual([404, "1", answer.body]);
  expect(seen[0]).toMatchObject({ method: "POST", url: "/api/projects?x=1", body: '{"name":"a"}', headers: { authorization: "Bearer t", traceparent: expect.stringContaining("0af7651916cd43dd") } });
});

test("telemetry goes to the Collector without cookies, authorization or address", async () => {
  const response = await post("/telemetry/v1/traces", '{"resourceSpans":[]}', { "content-type": "application/json", cookie: "sid=1", authorization: "Bearer t", "x-forwarded-for": "10.0.0.1" });
  expect(response.status).toBe(200);
  expect(seen[0]).toMatchObject({ method: "POST", url: "/v1/traces", body: '{"resourceSpans":[]}' });
  for (const name of ["cookie", "authorization", "x-forwarded-for"]) expect(seen[0]!.headers).not.toHaveProperty(name);
});

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

test("nobody sends in the name of another service, nor in another spelling", async () => {
  const spoofed = { attributes: [attribute("service.name", "helloagents-api"), attribute("service.namespace", "prod"), attribute("telemetry.sdk.language", "nodejs"), attribute("service.name", "helloagents-api")], entityRefs: [{ type: "service" }] };
  for (const [path, resources, scopes, items] of [["traces", "resourceSpans", "scopeSpans", "spans"], ["metrics", "resourceMetrics", "scopeMetrics", "metrics"], ["logs", "resourceLogs", "scopeLogs", "logRecords"]] as const) {
    const data = [{ [items]: [{ name: "x" }] }];
    const entries = [{ resource: spoofed, [scopes]: data, [snake(scopes)]: [] }, { [scopes]: data }];
    expect((await post(`/telemetry/v1/${path}`, JSON.stringify({ [resources]: entries, [snake(resources)]: entries }))).status).toBe(200);
    const resource = { attributes: [attribute("service.name", "helloagents-web"), attribute("deployment.environment.name", "test"), attribute("telemetry.sdk.language", "webjs")] };
    expect(JSON.parse(seen.at(-1)!.body)).toEqual({ [resources]: [{ resource, [scopes]: data }, { resource, [scopes]: data }] });
  }
});

test("the page's release, SDK and browser stay as it sends them; oversized ones do not", async () => {
  const own = [["service.version", "8.0.0"], ["service.instance.id", "i"], ["telemetry.sdk.name", "n"], ["telemetry.sdk.version", "1"], ["user_agent.original", "Firefox"]].map(([key, value]) => attribute(key!, value!));
  const long = attribute("service.version", "x".repeat(513));
  await post("/telemetry/v1/logs", JSON.stringify({ resourceLogs: [{ resource: { attributes: [...own, long] }, schemaUrl: "s", scopeLogs: [] }] }));
  const [sent] = JSON.parse(seen[0]!.body).resourceLogs;
  expect(sent.resource.attributes.slice(0, -3)).toEqual(own);
  expect(sent.schemaUrl).toBe("s");
});

test.each([
  ["no JSON", "{"],
  ["no body", ""],
  ["no object", "[]"],
  ["resources that are no list", '{"resourceLogs":{}}'],
  ["a resource that is a text", '{"resourceLogs":["x"]}'],
  ["attributes without a shape", '{"resourceLogs":[{"resource":{"attributes":["x"]}}]}'],
  ["records that are no list", '{"resourceLogs":[{"scopeLogs":"x"}]}'],
  ["nesting without end", `{"resourceLogs":[{"scopeLogs":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`],
])("malformed OTLP (%s) is a 400 and does not reach the Collector", async (_what, body) => {
  const response = await post("/telemetry/v1/logs", body);
  expect([response.status, await response.json()]).toEqual([400, { error: { code: "bad_request", message: expect.stringContaining("not OTLP/JSON for /v1/logs") } }]);
  expect(seen).toEqual([]);
});

test("what the Collector answers reaches the page: status and Retry-After", async () => {
  answer = { status: 429, headers: { "retry-after": "9" }, body: "{}" };
  const response = await post("/telemetry/v1/logs", "{}");
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "9"]);
});

test.each([
  ["a body over 1 MiB", "/telemetry/v1/logs", `"${"x".repeat(1024 * 1024)}"`, { "content-type": "application/json" }, 413, "too_large"],
  ["another type", "/telemetry/v1/logs", "x", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
  ["a compressed body", "/telemetry/v1/logs", "x", { "content-type": "application/json", "content-encoding": "gzip" }, 415, "unsupported_media_type"],
  ["another path", "/telemetry/v1/profiles", "{}", { "content-type": "application/json" }, 404, "not_found"],
  ["another spelling of a path", "/telemetry/v1/Traces/", "{}", { "content-type": "application/json" }, 404, "not_found"],
  ["a path that climbs", "/telemetry/v1/traces/../../x", "{}", { "content-type": "application/json" }, 404, "not_found"],
])("%s is refused and does not reach the Collector", async (_what, path, body, headers, status, code) => {
  const response = await post(path, body, headers);
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([status, code]);
  expect(seen).toEqual([]);
});

test("reading telemetry is not possible", async () => {
  expect((await fetch(`${server.url}/telemetry/v1/traces`)).status).toBe(404);
  expect(seen).toEqual([]);
});

test("one address may send only so much a minute", async () => {
  const limited = await listen(await app({ backendUrl: upstream.url, collectorUrl: upstream.url, telemetryPerMinute: 2 }));
  const statuses = [];
  for (let index = 0; index < 3; index++) statuses.push((await fetch(`${limited.url}/telemetry/v1/logs`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } })).status);
  await limited.close();
  expect(statuses).toEqual([200, 200, 429]);
});

test("visitors behind a trusted proxy are told apart", async () => {
  const limited = await listen(await app({ backendUrl: upstream.url, collectorUrl: upstream.url, telemetryPerMinute: 1, trustProxy: 1 }));
  const statuses = [];
  for (const visitor of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) {
    const headers = { "content-type": "application/json", "x-forwarded-for": visitor };
    statuses.push((await fetch(`${limited.url}/telemetry/v1/logs`, { method: "POST", body: "{}", headers })).status);
  }
  await limited.close();
  expect(statuses).toEqual([200, 200, 429]);
});

test("with Collector and backend away the server answers on, and says what is missing", async () => {
  const alone = await listen(await app({ backendUrl: deadUrl, collectorUrl: deadUrl }));
  const telemetry = await fetch(`${alone.url}/telemetry/v1/logs`, { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
  expect([telemetry.status, telemetry.headers.get("retry-after")]).toEqual([503, "5"]);
  const api = await fetch(`${alone.url}/api/projects`);
  expect([api.status, await api.json()]).toEqual([502, { error: { code: "backend_unavailable", message: expect.stringContaining("does not answer") } }]);
  expect(await (await fetch(`${alone.url}/health`)).json()).toEqual({ status: "ok", service: "helloagents-frontend", version: "9.9.9" });
  await alone.close();
});
