import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { postOtlp, readMetrics, until } from "./testing/bridge.ts";
import { startFakeSentry } from "./testing/fake-sentry.ts";
import { requestDurations } from "./testing/metric-samples.ts";
import { exceptionAttributes, exceptionLog, logs, traces } from "./testing/otlp-samples.ts";
import { forTest } from "./testing/pair.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "bridge-main-"));

afterAll(() => rmSync(FOLDER, { recursive: true }));

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
  url: () => Promise<string>;
}

const ERROR = new RangeError("dry");
const SPANS = [{ events: [{ name: "exception", attributes: exceptionAttributes(ERROR) }] }];

/** A file of its own folder, removed at the end. */
function written(name: string, content: string | Buffer): string {
  const path = join(mkdtempSync(join(FOLDER, "file-")), name);
  writeFileSync(path, content);
  return path;
}

function run(env: Record<string, string>, args: string[] = []): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    output: () => output,
    ended: once(child, "close").then(([code]) => code as number | null),
    url: () => until("it listens", () => /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]),
  };
}

test.each([
  ["missing", {}, /SENTRY_DSN is not set/],
  ["no URL", { SENTRY_DSN: "sEcReT" }, /SENTRY_DSN is not a URL/],
  ["no key", { SENTRY_DSN: "https://example.com/1" }, /SENTRY_DSN has no public key/],
  ["no project", { SENTRY_DSN: "https://sEcReT@example.com" }, /SENTRY_DSN has no project id/],
  ["other scheme", { SENTRY_DSN: "ftp://sEcReT@example.com/1" }, /SENTRY_DSN must start with/],
  ["page", { SENTRY_DSN: "http://k@127.0.0.1:1/1", VITE_SENTRY_DSN: "http://sEcReT@x" }, /VITE_SENTRY_DSN has no project id/],
  ["token", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_TOKEN: "sEcReT" }, /SENTRY_BRIDGE_TOKEN must be 16/],
  ["no routes", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_ROUTES_FILE: "/nowhere/routes" }, /SENTRY_BRIDGE_ROUTES_FILE names \/nowhere\/routes, which cannot be read: ENOENT; correct/],
  ["bad routes", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_ROUTES_FILE: written("routes.json", '{"shop": "http://sEcReT@x"}') }, /routes\.json:1 \(SENTRY_BRIDGE_ROUTES_FILE\): the DSN of "shop" has no project id/],
  ["no JSON", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_ROUTES_FILE: written("bad.json", '{\n"shop": "http://k@h/1",\nsEcReT}') }, /bad\.json:3 \(SENTRY_BRIDGE_ROUTES_FILE\) is not JSON; the file reads/],
  ["sessions", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_SESSIONS: "yes" }, /SENTRY_BRIDGE_SESSIONS is "yes": give on, off, only/],
  ["names", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_SESSIONS_FROM_SPANS: "shop,*-web" }, /SENTRY_BRIDGE_SESSIONS_FROM_SPANS has "\*-web": a \* can only end a name/],
  ["key", { SENTRY_DSN: "http://sEcReT%zz@127.0.0.1:1/1" }, /SENTRY_DSN has a % in its public key that is no escape/],
  ["hold", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_HOLD_SECONDS: "61" }, /SENTRY_BRIDGE_HOLD_SECONDS is "61": give a whole number from 0 to 60/],
  ["port", { SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_PORT: "80x" }, /SENTRY_BRIDGE_PORT is "80x"/],
])("a bad setting is one clear line and exit code 1, without any key: %s", async (_, env, line) => {
  const { ended, output } = run(env as Record<string, string>);
  expect(await ended).toBe(1);
  expect(output()).toMatch(line);
  expect(output().trimEnd().split("\n")).toHaveLength(1);
  expect(output()).not.toContain("sEcReT");
});

test.each([
  ["JSON", () => traces(SPANS, "json")],
  ["JSON lines of both signals", () => Buffer.concat([traces(SPANS, "json"), Buffer.from("\n"), logs([exceptionLog(ERROR)], "json"), Buffer.from("\n")])],
  ["JSON with a byte order mark", () => Buffer.concat([Buffer.from("\uFEFF"), traces(SPANS, "json")])],
  ["protobuf traces", () => traces(SPANS)],
  ["protobuf logs", () => logs([exceptionLog(ERROR), exceptionLog(ERROR)])],
])("--dry-run prints each event of a file once, without a DSN and without sending: %s", async (_, body) => {
  const { ended, output } = run({}, ["--dry-run", written("otlp", body())]);
  expect(await ended).toBe(0);
  const [line, ...rest] = output().trimEnd().split("\n").sort((one) => (one.startsWith("{") ? -1 : 1));
  expect(JSON.parse(line!)).toMatchObject({ release: "helloagents-api@1.2.3", exception: { values: [{ type: "RangeError", value: "dry" }] } });
  expect(rest).toEqual([expect.stringMatching(/^1 event from (?:1 request|2 requests), (?:0 repeats|1 repeat) left out$/)]);
});

test.each([
  [["--dry-run", "/nowhere/otlp"], /\/nowhere\/otlp cannot be read: ENOENT/],
  [["--dry-run", written("text", "neither")], /text is not OTLP: protobuf/],
  [["--dry-run", written("nothing", " \n")], /nothing is not OTLP: it is empty/],
  [["--dry-run", written("list", "[{}]")], /list is not OTLP: request: expected an object/],
  [["--dry-run", written("lines", '{"resourceLogs":[]}\n\n{"resourceLogs":[{\n')], /lines is not OTLP: line 3: JSON: /],
  [["--dryrun", "x"], /Unknown option '--dryrun'.*usage: /],
])("a bad call is one clear line and exit code 1: %j", async (args, line) => {
  const { ended, output } = run({}, args);
  expect(await ended).toBe(1);
  expect(output()).toMatch(line);
  expect(output().trimEnd().split("\n")).toHaveLength(1);
});

test("--help says how to call it", async () => {
  const { ended, output } = run({}, ["--help"]);
  expect(await ended).toBe(0);
  expect(output()).toMatch(/^usage: .*--dry-run.*\nSettings .*README\.md\n$/);
});

test("a taken port is one line that names it and its setting", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { ended, output } = run({ SENTRY_DSN: "http://k@127.0.0.1:1/1", SENTRY_BRIDGE_PORT: String(port) });
  expect(await ended).toBe(1);
  expect(output()).toMatch(new RegExp(`port ${port} is taken on 127.0.0.1: set SENTRY_BRIDGE_PORT`));
  other.close();
});

test("SIGTERM lets what is under way end, then exits with 0", async () => {
  const sentry = forTest(await startFakeSentry());
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  sentry.behave(() => ({ status: 200, after: gate }));
  const { child, ended, url } = run({ SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0" });
  const address = await url();
  const answer = postOtlp(`${address}/v1/logs`, logs([exceptionLog(new Error("last words"))]));
  await until("it is under way", () => sentry.envelopes.length === 1);
  child.kill("SIGTERM");
  open();
  expect((await answer).status).toBe(200);
  expect(await ended).toBe(0);
  expect(sentry.events.size).toBe(1);
});

test("SIGTERM sends the sessions that wait and what is left to report", async () => {
  const sentry = forTest(await startFakeSentry());
  sentry.behave((n) => ({ status: n === 1 ? 413 : 200 }));
  const { child, ended, url } = run({ SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0" });
  const address = await url();
  const time = Date.now();
  expect((await postOtlp(`${address}/v1/metrics`, requestDurations({ points: [{ count: 42, start: time, time }] }))).status).toBe(200);
  expect((await postOtlp(`${address}/v1/logs`, logs([exceptionLog(new Error("too large"))]))).status).toBe(200);
  expect(sentry.taken("sessions")).toEqual([]);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(sentry.taken("sessions")).toMatchObject([{ aggregates: [{ exited: 42 }], attrs: { release: "helloagents-api@1.2.3" } }]);
  expect(sentry.taken("client_report")).toMatchObject([{ discarded_events: [{ reason: "send_error", category: "error", quantity: 1 }] }]);
});

test("SIGTERM while Sentry is away says how many sessions are lost", async () => {
  const sentry = forTest(await startFakeSentry());
  sentry.behave(() => ({ status: 503 }));
  const { child, ended, url, output } = run({ SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0" });
  const address = await url();
  const time = Date.now();
  await postOtlp(`${address}/v1/metrics`, requestDurations({ points: [{ count: 42, start: time, time }] }));
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(output()).toContain("42 sessions could not be sent to Sentry before the end, and are lost.");
});

test("kill -9: requests of a batch that was not answered are counted by the next bridge, when the Collector brings it again; what waited to be sent is lost", async () => {
  const sentry = forTest(await startFakeSentry());
  const env = { SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0", SENTRY_BRIDGE_SESSIONS_FROM_SPANS: "*" };
  const request = { attributes: { "http.request.method": "GET", "http.response.status_code": 200 } };
  const waits = traces([{ ...request, traceId: "a".repeat(32) }]);
  const unanswered = traces(["1", "2", "3"].map((digit) => ({ ...request, ...SPANS[0], spanId: digit.repeat(16) })));
  sentry.behave(() => "hang");
  const killed = run(env);
  const address = await killed.url();
  expect((await postOtlp(`${address}/v1/traces`, waits)).status).toBe(200);
  const answer = postOtlp(`${address}/v1/traces`, unanswered).catch((error: unknown) => String(error));
  await until("the exception is under way", () => sentry.envelopes.some(({ items }) => items[0]!.header["type"] === "event"));
  killed.child.kill("SIGKILL");
  expect(await answer).toMatch(/fetch failed/);
  await killed.ended;
  sentry.behave(() => ({ status: 200 }));
  const next = run(env);
  expect((await postOtlp(`${await next.url()}/v1/traces`, unanswered)).status).toBe(200);
  next.child.kill("SIGTERM");
  expect(await next.ended).toBe(0);
  expect(sentry.taken("sessions")).toMatchObject([{ aggregates: [{ errored: 3 }], attrs: { release: "helloagents-api@1.2.3" } }]);
});

test("SIGTERM with a hanging Sentry hands everything back and exits with 0", async () => {
  const sentry = forTest(await startFakeSentry());
  sentry.behave(() => "hang");
  // As long as that nothing is handed back before the signal.
  const patient = { SENTRY_BRIDGE_REQUEST_TIMEOUT_MS: "60000", SENTRY_BRIDGE_SEND_TIMEOUT_MS: "60000" };
  const { child, ended, url, output } = run({ SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0", SENTRY_BRIDGE_CONCURRENCY: "2", ...patient });
  const address = await url();
  const body = logs(Array.from({ length: 50 }, (_, i) => exceptionLog(new Error(`boom ${i}`))));
  const answer = postOtlp(`${address}/v1/logs`, body);
  await until("two are under way", () => sentry.envelopes.length === 2);
  expect((await readMetrics(address))["exceptions_in_flight"]).toBe(50);
  child.kill("SIGTERM");
  expect((await answer).status).toBe(503);
  expect(await ended).toBe(0);
  expect(output()).not.toContain("publickey");
});
