import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postOtlp, readMetrics, until } from "./testing/bridge.ts";
import { type FakeSentry, startFakeSentry } from "./testing/fake-sentry.ts";
import { exceptionLog, logs } from "./testing/otlp-samples.ts";

const MIB = 1024 * 1024;
/** Just below what a body may unpack to. */
const SIZE = 31 * MIB;
/** What the bridge's objects may take; Node's own and the bodies come on top. Beyond it Node kills itself, so a bridge that answers has held it. */
const HEAP_MIB = 192;
const RESIDENT_MIB = 768;

let sentry: FakeSentry;
let bridge: { url: string; pid: number; stop: () => Promise<unknown> };

beforeAll(async () => {
  sentry = await startFakeSentry();
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, fileURLToPath(new URL("main.ts", import.meta.url))], {
    // Patient: on a slow machine reading some of these takes longer than senders are made to wait.
    env: { ...process.env, NODE_OPTIONS: "", SENTRY_DSN: sentry.dsn(), SENTRY_BRIDGE_PORT: "0", SENTRY_BRIDGE_REQUEST_TIMEOUT_MS: "60000", SENTRY_BRIDGE_SEND_TIMEOUT_MS: "60000" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const url = await until("it listens", () => /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]);
  const stop = (): Promise<unknown> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
    child.kill("SIGKILL");
    return ended;
  };
  bridge = { url, pid: child.pid!, stop };
});

afterAll(async () => {
  await bridge.stop();
  await sentry.stop();
});

const EXCEPTION_RECORD = field(0x12, field(0x62, Buffer.from("exception")));
const TOO_MANY_PARTS = "more than 500000 spans, records, attributes and values";
const TOO_MANY_RECORDS = "more than 50000 exceptions";

test.each<[name: string, body: () => Buffer, status: number, reason?: string]>([
  ["as many empty messages as fit", () => filled(Buffer.from([0x0a, 0x00])), 413, TOO_MANY_PARTS],
  ["as many exceptions as fit", () => nested(filled(EXCEPTION_RECORD)), 413, TOO_MANY_PARTS],
  ["as many exceptions as may be", () => nested(filled(EXCEPTION_RECORD, 200_000 * EXCEPTION_RECORD.length)), 413, TOO_MANY_RECORDS],
  ["a stack of short lines", () => withText("exception.stacktrace", "   0: a\n"), 200],
  ["a stack of causes", () => withText("exception.stacktrace", "Caused by: a\n"), 200],
  ["a stack of spaces", () => withText("exception.stacktrace", " \n"), 200],
  ["a stack without an end", () => withText("exception.stacktrace", "@"), 200],
  ["a message of secrets", () => withText("exception.message", "password=x "), 200],
  ["an attribute of secrets", () => withText("note", "Bearer x://a:b@ "), 200],
  ["an exception of many attributes", () => nested(field(0x12, Buffer.concat([EXCEPTION_RECORD.subarray(2), ...Array.from({ length: 150_000 }, (_, i) => attribute(`k${i}`, Buffer.from("v")))]))), 200],
  ["brackets that never close", () => Buffer.from("[".repeat(SIZE)), 400, "JSON: nested deeper than 200 at byte 200"],
  ["as many empty objects as fit", () => Buffer.from(`{"resourceLogs":[${"{},".repeat(SIZE / 3)}{}]}`), 413, TOO_MANY_PARTS],
  ["as many numbers as fit", () => Buffer.from(`[${"1,".repeat(SIZE / 2)}1]`), 413, TOO_MANY_PARTS],
  ["as many exceptions as JSON may hold", () => Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${'{"eventName":"exception"},'.repeat(400_000)}{}]}]}]}`), 413, TOO_MANY_RECORDS],
  ["half a gigabyte of nothing", () => Buffer.alloc(512 * MIB), 413, "unpacks to more than 33554432 bytes"],
])("the bridge survives %s, three at once", { timeout: 120_000 }, async (_, make, status, reason = "") => {
  const body = make();
  const headers = { "content-encoding": "gzip", "content-type": "{[".includes(String.fromCharCode(body[0]!)) ? "application/json" : "application/x-protobuf" };
  const sent = gzipSync(body, { level: 1 });
  const answers = await Promise.all([1, 2, 3].map(() => postOtlp(`${bridge.url}/v1/logs`, sent, headers)));
  // One large exception fills what may be in flight; those that find it full are asked to come again.
  const others = answers.filter((answer) => answer.status !== 503 || answer.headers.get("retry-after") === null);
  expect(others.map((answer) => answer.status)).toEqual(others.map(() => status));
  expect(others.length).toBeGreaterThan(0);
  expect(others[0]!.body.toString()).toContain(reason);
  expect(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${bridge.pid}/status`, "utf8"))![1]) / 1024).toBeLessThan(RESIDENT_MIB);
});

test("afterwards it serves as before, and holds nothing", async () => {
  const before = sentry.events.size;
  expect((await postOtlp(`${bridge.url}/v1/logs`, logs([exceptionLog(new Error("after all that"))]))).status).toBe(200);
  expect(sentry.events.size).toBe(before + 1);
  expect(await readMetrics(bridge.url)).toMatchObject({ exceptions_in_flight: 0, in_flight_bytes: 0 });
});

/** A length-delimited field. */
function field(tag: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
  }
}

function attribute(key: string, value: Buffer): Buffer {
  return field(0x32, Buffer.concat([field(0x0a, Buffer.from(key)), field(0x12, field(0x0a, value))]));
}

/** Log records in a request. */
function nested(records: Buffer): Buffer {
  return field(0x0a, field(0x12, records));
}

function filled(piece: Buffer, size = SIZE): Buffer {
  return Buffer.alloc(Math.floor(size / piece.length) * piece.length, piece);
}

/** One exception with one huge attribute. */
function withText(key: string, piece: string): Buffer {
  return nested(field(0x12, Buffer.concat([EXCEPTION_RECORD.subarray(2), attribute(key, filled(Buffer.from(piece), SIZE - 1000))])));
}
