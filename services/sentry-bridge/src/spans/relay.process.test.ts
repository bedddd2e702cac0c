// Sentry's own normalizer takes transactions as they are: nothing to complain about, nothing to cut.
import { expect, test } from "vitest";
import { decodeTraces } from "../otlp/protobuf.ts";
import { type SampleSpan, traces } from "../testing/otlp-samples.ts";
import { normalizerComplaints } from "../testing/relay.ts";
import { segmentsOf } from "./segments.ts";
import { buildTransaction, serializeTransaction } from "./transaction.ts";

function complaints(spans: SampleSpan[]): string[][] {
  const transactions = segmentsOf(decodeTraces(traces(spans), true)).map((segment) => serializeTransaction(buildTransaction(segment, "1").transaction).payload.toString());
  // Its clock is now; what is older than a month is cut.
  const now = Date.now() / 1000;
  return normalizerComplaints(transactions.map((text) => text.replaceAll(/"(start_timestamp|timestamp)":[\d.]+/g, `"$1":${now}`)));
}

const id = (n: number): string => n.toString(16).padStart(16, "0");
const long = "x".repeat(10_000);

test("requests, queries, calls, messages, and what hostile senders write", () => {
  const spans: SampleSpan[] = [
    { spanId: id(1), attributes: { "http.request.method": "GET", "http.route": "/p/:id", "http.response.status_code": 503 } },
    { spanId: id(2), parentSpanId: id(1), kind: 2, name: "SELECT", attributes: { "db.system.name": "postgresql", "db.query.text": "SELECT * FROM p" }, statusCode: 2 },
    { spanId: id(3), parentSpanId: id(1), kind: 2, attributes: { "http.request.method": "GET", "url.full": "https://api.example/a?b=c" } },
    { spanId: id(4), parentSpanId: id(9), kind: 3, name: "publish", attributes: { "messaging.system": "kafka" } },
    { spanId: id(5), kind: 1, name: long, attributes: { "http.request.method": long, "http.route": long, "sentry.op": long, deep: { a: [{ b: { c: [long] } }] }, "": "no name", inf: Number.NEGATIVE_INFINITY } },
    { spanId: id(6), kind: 0, name: "", attributes: {} },
    { spanId: id(7), kind: 1, name: "\u0000\uD800", resource: { "service.name": `a/b\n${long}`, "service.version": long, "deployment.environment.name": long, "telemetry.sdk.language": long } },
  ];
  const found = complaints(spans);
  expect(found).toHaveLength(5);
  expect(found.flat()).toEqual([]);
});
