import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync, zstdCompressSync, deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { until } from "./testing/bridge.ts";
import { exceptionAttributes, exceptionLog, logs, traces } from "./testing/otlp-samples.ts";
import { startPair } from "./testing/pair.ts";

const JSON_TYPE = { "content-type": "application/json" };

test.each([
  ["/v1/logs", "plain protobuf", (error: Error) => logs([exceptionLog(error)]), {}],
  ["/v1/logs", "JSON", (error: Error) => logs([exceptionLog(error)], "json"), JSON_TYPE],
  ["/v1/logs", "gzip", (error: Error) => gzipSync(logs([exceptionLog(error)])), { "content-encoding": "gzip" }],
  ["/v1/logs", "zstd", (error: Error) => zstdCompressSync(logs([exceptionLog(error)])), { "content-encoding": "zstd" }],
  ["/v1/logs", "deflate", (error: Error) => deflateSync(logs([exceptionLog(error)])), { "content-encoding": "deflate" }],
  ["/v1/traces", "protobuf", (error: Error) => traces([{ events: [{ name: "exception", attributes: exceptionAttributes(error) }] }]), {}],
  ["/v1/traces", "gzip JSON", (error: Error) => gzipSync(traces([{ events: [{ name: "exception", attributes: exceptionAttributes(error) }] }], "json")), { ...JSON_TYPE, "content-encoding": "gzip" }],
])("%s takes %s", async (path, _, body, headers) => {
  const { sentry, bridge } = await startPair();
  const answer = await bridge.post(path, body(new RangeError("arrives")), headers as Record<string, string>);
  expect(answer.status).toBe(200);
  expect([...sentry.events.values()]).toMatchObject([{ exception: { values: [{ type: "RangeError", value: "arrives" }] } }]);
});

test("metrics are accepted and ignored, requests without exceptions are accepted at once, JSON is answered as JSON", async () => {
  const { sentry, bridge } = await startPair();
  expect((await bridge.post("/v1/metrics", Buffer.from("{}"), JSON_TYPE)).status).toBe(200);
  const answer = await bridge.post("/v1/traces", traces([{}], "json"), JSON_TYPE);
  expect(answer).toMatchObject({ status: 200, body: Buffer.from("{}") });
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(sentry.envelopes).toHaveLength(0);
});

test("what the bridge cannot read is refused with the reason", async () => {
  const { bridge } = await startPair({ SENTRY_BRIDGE_MAX_BODY_BYTES: "2000", SENTRY_BRIDGE_MAX_DECODED_BYTES: "5000" });
  const refused = async (body: Buffer, headers: Record<string, string>): Promise<string> => {
    const answer = await bridge.post("/v1/logs", body, headers);
    return `${answer.status} ${answer.body.toString().replace(/^[^ -~]*/, "")}`;
  };
  expect(await refused(Buffer.from("{"), JSON_TYPE)).toMatch(/^400 .*JSON/);
  expect(await refused(Buffer.from("not protobuf"), {})).toMatch(/^400 .*protobuf/s);
  expect(await refused(Buffer.from("x"), { "content-encoding": "gzip" })).toMatch(/^400 .*not valid gzip/s);
  expect(await refused(Buffer.alloc(2001), {})).toMatch(/^413 .*larger than 2000 bytes/s);
  expect(await refused(gzipSync(Buffer.alloc(100_000)), { "content-encoding": "gzip" })).toMatch(/^413 .*unpacks to more than 5000 bytes/s);
  expect(await refused(Buffer.from("x"), { "content-type": "text/plain" })).toMatch(/^415 .*text\/plain/s);
  expect(await refused(Buffer.from("x"), { "content-encoding": "lzma" })).toMatch(/^415 .*lzma/s);
  expect((await fetch(`${bridge.url}/v1/logs`)).status).toBe(405);
  expect((await fetch(`${bridge.url}/nothing`)).status).toBe(404);
  const metrics = await bridge.metrics();
  expect(metrics['requests_total{path="/v1/logs",status="413"}']).toBe(2);
  expect(metrics["in_flight_bytes"]).toBe(0);
});

test("a chunked body without length is cut off at the limit too", async () => {
  const { bridge } = await startPair({ SENTRY_BRIDGE_MAX_BODY_BYTES: "100000" });
  const { port } = new URL(bridge.url);
  const answer = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write("POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
      for (let i = 0; i < 20; i++) socket.write(`2710\r\n${"x".repeat(10_000)}\r\n`);
    });
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test.each([
  ["its body is too large", {}, 413],
  ["its token is wrong", { SENTRY_BRIDGE_TOKEN: "0123456789abcdef" }, 503],
])("a sender that writes all before it reads hears why it is refused: %s", async (_, env, status) => {
  const { bridge } = await startPair({ SENTRY_BRIDGE_MAX_BODY_BYTES: "100000", ...env });
  // More than the buffers between the two hold.
  const body = Buffer.alloc(32 * 1024 * 1024);
  const socket = connect(Number(new URL(bridge.url).port), "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.write(`POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body, (error) => (error ? reject(error) : resolve()));
  });
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  socket.destroy();
  expect((await bridge.metrics())["in_flight_bytes"]).toBe(0);
});

test("with a token only senders that carry it are served; others are told why and keep their data", async () => {
  const token = "0123456789abcdef";
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_TOKEN: token });
  const post = (headers: Record<string, string>): Promise<{ status: number; body: Buffer; headers: Headers }> => bridge.post("/v1/logs", logs([exceptionLog(new Error("x"))]), headers);
  for (const authorization of ["", `Bearer ${token}x`, "Bearer", `Basic ${token}`, token]) {
    const answer = await post(authorization === "" ? {} : { authorization });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(answer.body.toString()).toContain("SENTRY_BRIDGE_TOKEN");
    expect(answer.body.toString()).not.toContain(token);
  }
  expect(sentry.envelopes).toHaveLength(0);
  expect((await post({ authorization: `bearer ${token}` })).status).toBe(200);
  expect(sentry.events.size).toBe(1);
  expect((await fetch(`${bridge.url}/health`)).status).toBe(200);
});

test("when too much is held for senders, further requests get 503 and the first is still served", async () => {
  const { sentry, bridge } = await startPair({ SENTRY_BRIDGE_MAX_IN_FLIGHT_BYTES: "20000", SENTRY_BRIDGE_SEND_TIMEOUT_MS: "20000" });
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  sentry.behave(() => ({ status: 200, after: gate }));
  const first = bridge.post("/v1/logs", logs([exceptionLog(new Error("x".repeat(8000)))]));
  await until("the first is under way", () => sentry.envelopes.length === 1);
  const second = await bridge.post("/v1/logs", logs([exceptionLog(new Error("second"))]));
  expect(second.status).toBe(503);
  expect(second.headers.get("retry-after")).toBe("1");
  open();
  expect((await first).status).toBe(200);
  expect((await bridge.metrics())["in_flight_bytes"]).toBe(0);
});

test("an idle connection is kept longer than the Collector keeps it", async () => {
  const { bridge } = await startPair();
  const { headers } = await bridge.post("/v1/traces", traces([{}]));
  expect([headers.get("connection"), headers.get("keep-alive")]).toEqual(["keep-alive", "timeout=95"]);
});

test("health tells how Sentry is, metrics are Prometheus text", async () => {
  const { sentry, bridge } = await startPair();
  const health = await fetch(`${bridge.url}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: "ok", sentry: { [`127.0.0.1:${sentry.port}/1`]: "ok", [`127.0.0.1:${sentry.port}/2`]: "ok" } });
  const response = await fetch(`${bridge.url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) |[a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? \d+$)/);
});
