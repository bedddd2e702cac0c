import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseEvent, envelope } from "./demo/events.ts";
import { startLocalConsole, type LocalConsole } from "./demo/local-console.ts";
import { projectTrace } from "./demo/traces.ts";
import { spansOf } from "./traces/otlp.ts";

let local: LocalConsole;
const pageDir = mkdtempSync(join(tmpdir(), "page-"));
beforeAll(async () => void (local = await startLocalConsole({ pageDir })));
afterAll(async () => {
  await local.stop();
  rmSync(pageDir, { recursive: true });
});

const newId = () => randomUUID().replaceAll("-", "");
const plainEnvelope = (id: string, event: object = { message: `m ${id}` }) => `{"event_id":"${id}"}\n{"type":"event"}\n${JSON.stringify(event)}`;
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) => fetch(local.url + path, { method: "POST", body, headers });
const json = async (path: string) => (await fetch(local.url + path)).json();
const bytes = (buffer: Buffer) => new Uint8Array(buffer);

/** fetch does not let a caller choose Host. */
const getAs = (host: string, headers: Record<string, string> = {}, method = "GET", path = "/health") =>
  new Promise<number>((resolve, reject) => {
    const sent = request(local.url + path, { method, headers: { ...headers, host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end();
  });

test("an event of every encoding becomes an issue and a message", async () => {
  const encodings: [string, (plain: Buffer) => Buffer][] = [["identity", (plain) => plain], ["gzip", gzipSync], ["deflate", deflateSync], ["br", brotliCompressSync], ["zstd", zstdCompressSync]];
  for (const [encoding, pack] of encodings) {
    const id = newId();
    const response = await post("/api/1/envelope/", bytes(pack(Buffer.from(plainEnvelope(id, { message: `via ${encoding}` })))), { "content-encoding": encoding });
    expect([encoding, response.status, await response.json()]).toEqual([encoding, 200, { id }]);
    expect(await json("/api/inbox?kind=sentry&limit=1")).toMatchObject([{ kind: "sentry", title: `via ${encoding}`, raw: { event_id: id } }]);
  }
});

test("function, place, release and trace are in the message, and the same id counts once", async () => {
  const [id, trace] = [newId(), newId()];
  const event = databaseEvent(Date.now(), id, trace, "u-1");
  for (let n = 0; n < 2; n += 1) expect((await post("/api/7/envelope/", bytes(envelope(event)), { "content-encoding": "gzip" })).status).toBe(200);
  const [issue, ...more] = (await json("/api/issues?project=7")) as { id: string; count: number }[];
  expect(more).toEqual([]);
  expect(issue).toMatchObject({ count: 1, type: "ProjectNotCreatedError", traceIds: [trace] });
  const [item] = (await json(`/api/inbox?kind=sentry&limit=1`)) as { text: string; href: string }[];
  expect(item).toMatchObject({ href: `/issues/${issue?.id}`, thread: issue?.id });
  for (const part of ["createProject (services/backend/src/projects/create-project.ts:42:11)", "helloagents-api@0.1.0", trace]) expect(item?.text).toContain(part);
  expect(await json(`/api/issues?traceId=${trace}`)).toMatchObject([{ id: issue?.id }]);
  expect(await json(`/api/issues/${issue?.id}`)).toMatchObject({ latest: { traceId: trace, user: { id: "u-1" } } });
  expect(((await json("/api/projects")) as { project: string }[]).find((each) => each.project === "7")).toMatchObject({ events: 1, duplicates: 1 });
});

test("transactions, sessions, spans, logs, reports are counted and leave the inbox alone", async () => {
  const before = local.stores.inbox.count("sentry");
  const items = [
    ['{"type":"transaction"}', "{}"], ['{"type":"session"}', '{"status":"crashed","errors":1}'], ['{"type":"session"}', '{"status":"ok","errors":1}'],
    ['{"type":"sessions"}', '{"aggregates":[{"exited":4,"errored":1},{"exited":2}]}'],
    ['{"type":"client_report"}', '{"discarded_events":[{"reason":"network_error","category":"error","quantity":3}]}'],
    ['{"type":"span","item_count":5}', "{}"], ['{"type":"log","item_count":2}', "{}"], ['{"type":"statsd"}', "x"],
  ];
  const response = await post("/api/8/envelope/", `{}\n${items.map((item) => item.join("\n")).join("\n")}\n`);
  expect([response.status, await response.json()]).toEqual([200, {}]);
  expect(((await json("/api/projects")) as { project: string }[]).find((each) => each.project === "8")).toEqual({
    project: "8", events: 0, duplicates: 0, transactions: 1, spans: 5, logs: 2, undecodedTraceRequests: 0, sessions: { crashed: 1, exited: 6, errored: 2 }, discarded: { "network_error:error": 3 }, other: { statsd: 1 },
  });
  expect(local.stores.inbox.count("sentry")).toBe(before);
});

test.each([
  ["no envelope", "hello", {}, 400, "invalid envelope"],
  ["an event that is no object", '{}\n{"type":"event"}\n[]', {}, 400, "not a JSON object"],
  ["an odd event id", '{"event_id":"xyz"}\n{"type":"event"}\n{}', {}, 400, "32 hex digits"],
  ["an event above Sentry's limit", `{}\n{"type":"event"}\n{"message":"${"x".repeat(2 ** 20)}"}`, {}, 413, "bytes"],
  ["damaged gzip", "hello", { "content-encoding": "gzip" }, 400, "not gzip data"],
  ["an unknown encoding", "hello", { "content-encoding": "rot13" }, 415, "rot13"],
  ["a body too large", "x".repeat(17 * 2 ** 20), {}, 413, "larger than"],
] as const)("refused, with the reason: %s", async (_what, body, headers, status, reason) => {
  const before = local.stores.inbox.count("sentry");
  const response = await post("/api/1/envelope/", body, headers);
  expect(response.status).toBe(status);
  expect(((await response.json()) as { error: string }).error).toContain(reason);
  expect(local.stores.inbox.count("sentry")).toBe(before);
});

test("a small body that unpacks to a huge one is refused", async () => {
  const response = await post("/api/1/envelope/", bytes(gzipSync(Buffer.alloc(64 * 2 ** 20))), { "content-encoding": "gzip" });
  expect(response.status).toBe(413);
});

test("OTLP: JSON becomes traces, protobuf is named as not taken, Sentry's own endpoint counts", async () => {
  const trace = newId();
  const body = gzipSync(JSON.stringify(projectTrace(trace, Date.now(), false)));
  const taken = await post("/v1/traces", bytes(body), { "content-type": "application/json", "content-encoding": "gzip" });
  expect([taken.status, await taken.json()]).toEqual([200, { partialSuccess: {} }]);
  expect(await json(`/api/traces/${trace}`)).toMatchObject({ spanCount: 9, rootName: "click Create project" });
  expect(((await json("/api/traces?service=helloagents-web&minDurationMs=400&error=false")) as unknown[]).length).toBe(1);
  const refused = await post("/v1/traces", new Uint8Array([10, 0]), { "content-type": "application/x-protobuf" });
  expect(refused.status).toBe(415);
  expect(((await refused.json()) as { error: string }).error).toContain("encoding: json");
  expect((await post("/v1/traces", "{", { "content-type": "application/json" })).status).toBe(400);
  expect((await post("/api/9/integration/otlp/v1/traces", bytes(body), { "content-type": "application/json", "content-encoding": "gzip" })).status).toBe(202);
  expect((await post("/api/9/integration/otlp/v1/traces", new Uint8Array([10, 0]), { "content-type": "application/x-protobuf" })).status).toBe(202);
  expect(((await json("/api/projects")) as { project: string }[]).find((each) => each.project === "9")).toMatchObject({ spans: 9, undecodedTraceRequests: 1 });
  expect((await fetch(`${local.url}/api/traces/${newId()}`)).status).toBe(404);
});

test("/traces/example leads to the trace that tells most, with the search; to the search while there is none", async () => {
  const [failed, whole] = [newId(), newId()];
  const search = `service=helloagents-api&q=%2Fprojects&error=true&from=${Date.now() - 3_600_000}&to=now`;
  const example = async (query: string) => (await fetch(`${local.url}/traces/example${query}`, { redirect: "manual" })).headers.get("location");
  local.stores.traces.addSpans(spansOf(projectTrace(whole, Date.now() + 1_000, false)).spans);
  expect(await example(`?${search}`)).toBe(`/traces?${search}`);
  local.stores.traces.addSpans(spansOf(projectTrace(failed, Date.now(), true)).spans);
  expect(await example(`?${search}`), "it came late").toBe(`/traces/${failed}?${search}`);
  expect(await example("")).toBe(`/traces/${whole}`);
  expect((await fetch(`${local.url}/traces/example?minDurationMs=x`)).status).toBe(400);
});

test("the stream brings each new message as it arrives", async () => {
  const abort = new AbortController();
  const response = await fetch(`${local.url}/api/inbox/stream?kind=slack`, { signal: abort.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  await post("/api/1/envelope/", plainEnvelope(newId()));
  await post("/slack/x", '{"text":"hello"}');
  let text = "";
  while (!/event: item\n.*\n.*\n\n/.test(text)) text += (await reader.read()).value ?? "";
  expect(JSON.parse(/data: (.*)\n\n$/.exec(text)?.[1] ?? "null")).toMatchObject({ kind: "slack", title: "hello", raw: { text: "hello" } });
  abort.abort();
});

test("other sites stay out: foreign Host, foreign Origin, clearing from elsewhere", async () => {
  const port = new URL(local.url).port;
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "console.localhost"]) expect([host, await getAs(host)]).toEqual([host, 200]);
  for (const host of ["evil.example", `evil.example:${port}`, "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"]) expect([host, await getAs(host)]).toEqual([host, 403]);
  expect(await getAs(`localhost:${port}`, { origin: "https://evil.example" }, "POST", "/slack/x")).toBe(403);
  expect(await getAs(`localhost:${port}`, { origin: "null" })).toBe(403);
  expect(await getAs(`localhost:${port}`, { origin: "http://localhost:5173" }, "OPTIONS", "/api/1/envelope/")).toBe(204);
  expect(await getAs(`localhost:${port}`, { origin: "http://localhost:5173" }, "DELETE", "/api/inbox")).toBe(403);
  expect(await getAs(`localhost:${port}`, { "sec-fetch-site": "cross-site" }, "DELETE", "/api/inbox")).toBe(403);
  expect(local.stores.inbox.count("sentry")).toBeGreaterThan(0);
  expect(await getAs(`localhost:${port}`, { origin: `http://localhost:${port}`, "sec-fetch-site": "same-origin" }, "DELETE", "/api/inbox")).toBe(204);
  expect(await json("/api/inbox")).toEqual([]);
});

test("on an address for others, any name is answered", async () => {
  const open = await startLocalConsole({ host: "0.0.0.0" });
  const status = await new Promise((resolve) => request(`${open.url}/health`, { headers: { host: "console:3000" } }, (response) => resolve(response.statusCode)).end());
  expect(status).toBe(200);
  await open.stop();
});

test.each(["/api/inbox?kind=fax", "/api/inbox?limit=-1", "/api/inbox?limit=many", "/api/inbox?since=yesterday", "/api/traces?minDurationMs=x", "/api/traces?error=maybe", "/api/traces?from=now-1h"])("%s is a 400 that names the parameter", async (path) => {
  const response = await fetch(local.url + path);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: string }).error).toMatch(/^(kind|limit|since|minDurationMs|error|from)=/);
});

test("what is away is said, never an error", async () => {
  expect(await json("/api/golden")).toMatchObject({ signals: [], problem: expect.stringContaining("Prometheus at http://127.0.0.1:2 cannot be asked") });
  expect(await json("/api/alerts")).toMatchObject({ alerts: [], problem: expect.stringContaining("Alertmanager at http://127.0.0.1:2 cannot be asked") });
  expect(await json("/api/parts")).toMatchObject({ parts: [], problem: expect.stringContaining("PARTS_FILE") });
});

test("without a build the root says how to make one; with one, every section's address opens it", async () => {
  const unbuilt = await fetch(local.url);
  expect([unbuilt.status, (await unbuilt.text()).includes("npm run build -w services/console")]).toEqual([200, true]);
  writeFileSync(join(pageDir, "index.html"), "<title>built</title>");
  for (const path of ["/", "/inbox", "/issues/abc", "/traces/1?span=2"]) {
    const response = await fetch(local.url + path);
    expect([path, response.status, (await response.text()).includes("built")]).toEqual([path, 200, true]);
    expect(response.headers.get("content-security-policy")).toContain("script-src 'self'");
  }
  expect((await fetch(`${local.url}/assets/none.js`)).status).toBe(404);
  expect((await fetch(`${local.url}/d/api-performance?from=1`, { redirect: "manual" })).headers.get("location")).toBe("/dashboards/api-performance?from=1");
  expect((await fetch(`${local.url}/api/nothing`)).status).toBe(404);
});

test.each(["/issues/%E0%A4%A", "/%", "/inbox/%FF", "/runbooks/%E0%A4%A", "/d/%c0%af", "/dashboards/a%2"])("an address that cannot be read, %s, is the page for readers and an error for programs", async (path) => {
  writeFileSync(join(pageDir, "index.html"), "<title>built</title>");
  const read = await fetch(local.url + path, { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
  expect([read.status, read.headers.get("content-type"), await read.text()]).toEqual([404, "text/html; charset=utf-8", "<title>built</title>"]);
  const asked = await fetch(local.url + path);
  expect([asked.status, await asked.json()]).toEqual([400, { error: expect.stringContaining("Failed to decode param") }]);
});

test.each(["/api/issues/%E0%A4%A", "/api/dashboards/%", "/api/inbox/%FF", "/api/silences/%E0"])("an API address that cannot be read, %s, is a 400 also for readers, without a stack", async (path) => {
  const response = await fetch(local.url + path, { headers: { accept: "text/html" }, method: path.includes("silences") ? "DELETE" : "GET" });
  expect([response.status, await response.json()]).toEqual([400, { error: expect.stringMatching(/^Failed to decode param '[^']*'$/) }]);
});
