import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bboltDamage } from "./bbolt.ts";
import { setDamagedQueueAside } from "./collector-queue.ts";

/** Queue of a Collector v0.155.0 that was killed with 60 log requests in it. */
const queue = gunzipSync(readFileSync(join(import.meta.dirname, "../fixtures/queue.db.gz")));
const damaged = {
  head: Buffer.concat([Buffer.alloc(9000, 0xa5), queue.subarray(9000)]),
  body: Buffer.concat([queue.subarray(0, 8192), Buffer.alloc(60_000, 0xa5), queue.subarray(68_192)]),
  cut: queue.subarray(0, 40_000),
};
const panic = "panic: assertion failed: Page expected to be: 2\n\ngoroutine 59 [running]:\ngo.etcd.io/bbolt/internal/common.(*Page).FastCheck(0x7f)\n";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "helloagents-queue-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Buffer): void => writeFileSync(join(folder, name), bytes);
const files = (): string[] => readdirSync(folder).filter((name) => !name.startsWith("damaged-")).sort();

test("a whole queue shows no damage; head, body and length are looked at", () => {
  put("whole", queue);
  expect(bboltDamage(join(folder, "whole"))).toBeUndefined();
  for (const [kind, bytes] of Object.entries(damaged)) {
    put(kind, bytes);
    expect(bboltDamage(join(folder, kind)), kind).toMatch(kind === "head" ? /head/ : kind === "body" ? /damaged/ : /cut off/);
  }
});

test.each(["head", "body", "cut"] as const)("a damaged %s: only that file is moved aside, and that is said", (kind) => {
  put("exporter_otlp_http_a_logs", queue);
  put("exporter_otlp_http_b_logs", damaged[kind]);
  expect(setDamagedQueueAside(folder, `info: started\n${panic}`)).toMatch(/exporter_otlp_http_b_logs is now in .*damaged-/);
  expect(files()).toEqual(["exporter_otlp_http_a_logs"]);
});

test("the file that the Collector names is moved even when its structure looks whole", () => {
  put("exporter_otlp_http_a_logs", queue);
  put("exporter_otlp_http_b_logs", queue);
  expect(setDamagedQueueAside(folder, 'Error: cannot start pipelines: failed to start "otlp_http/b" exporter: invalid database')).toMatch(/b_logs/);
  expect(files()).toEqual(["exporter_otlp_http_a_logs"]);
});

test("a crash for another reason moves nothing, although every log names the storage", () => {
  put("exporter_otlp_http_a_logs", damaged.head);
  expect(setDamagedQueueAside(folder, 'info Extension started. {"otelcol.component.id": "file_storage"}\nError: listen tcp 127.0.0.1:4317: bind: address already in use')).toBeUndefined();
  expect(files()).toEqual(["exporter_otlp_http_a_logs"]);
});
