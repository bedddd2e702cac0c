// Sentry's own normalizer takes every event that the fixtures make as it is: nothing to complain about, nothing to cut.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectExceptions } from "../exceptions/collect.ts";
import { eventId, readException } from "../exceptions/identity.ts";
import { decodeLogs, decodeTraces } from "../otlp/protobuf.ts";
import { eventsOf, requestsOf, SENDERS } from "../testing/fixture-events.ts";
import { exceptionAttributes, exceptionLog, logs, type SampleLog, traces } from "../testing/otlp-samples.ts";
import { normalizerComplaints } from "../testing/relay.ts";
import { buildEvent } from "./event.ts";
import { serializeEvent } from "./fit.ts";

const STACKS = join(import.meta.dirname, "../../fixtures/stacks");

function fromLogs(records: SampleLog[]): string[] {
  return texts(collectExceptions(decodeLogs(logs(records))));
}

function texts(exceptions: ReturnType<typeof collectExceptions>): string[] {
  return exceptions.map(readException).map((exception) => serializeEvent(buildEvent(exception, eventId("1", exception))).toString());
}

/** Complaints by the name of the event; events without one are left out. */
function complaintsOf(names: string[], events: string[]): Record<string, string[]> {
  const complaints = normalizerComplaints(events);
  if (complaints.length !== names.length) throw new Error(`${names.length} events were sent, ${complaints.length} came back`);
  return Object.fromEntries(complaints.map((list, i) => [names[i]!, list] as const).filter(([, list]) => list.length > 0));
}

test("events of captured requests of real SDKs", async () => {
  const events: [string, string][] = [];
  for (const sender of SENDERS) for (const request of requestsOf(sender)) for (const event of await eventsOf(sender, request)) events.push([`${sender}/${request}`, JSON.stringify(event)]);
  expect(events.length).toBeGreaterThan(20);
  expect(complaintsOf(events.map(([name]) => name), events.map(([, event]) => event))).toEqual({});
});

test("events of every captured stack text", () => {
  const files = readdirSync(STACKS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".txt"));
  const events = files.flatMap((file) => {
    const resource = { "service.name": "shop", "service.version": "1.2.3", "deployment.environment.name": "production", "telemetry.sdk.language": file.split("/")[0] };
    return fromLogs([{ ...exceptionLog(new Error("failed")), resource, attributes: { "exception.type": "Failure", "exception.message": "failed", "exception.stacktrace": readFileSync(join(STACKS, file), "utf8") } }]);
  });
  expect(events.length).toBe(files.length);
  expect(complaintsOf(files, events)).toEqual({});
});

const long = "x".repeat(10_000);

test("what senders may say of themselves is made fit before it is sent", () => {
  const hostile = { "service.name": `a/b\n${long}`, "service.version": "1\t2", "deployment.environment.name": `none/such ${long}`, "host.name": long, "telemetry.sdk.language": long, "process.runtime.name": long, "process.runtime.version": long };
  const attributes = { "user.id": long, "session.id": `a\r\nb${long}`, "http.route": long, "http.request.method": long, "url.full": `https://x/${long}?q=1`, "user_agent.original": long, "sentry.fingerprint": [long, "", "{{ default }}"], "exception.note": long, deep: { a: { b: [{ c: { d: [1, [2, [3]]] } }] } }, "": "no name", "key with spaces": true, inf: Number.POSITIVE_INFINITY };
  const crumbs: SampleLog[] = Array.from({ length: 120 }, (_, n) => ({ traceId: "0af7651916cd43dd8448eb211c80319c", body: `${n} ${long}`, severityNumber: n % 25, attributes }));
  const records: SampleLog[] = [
    { resource: hostile, eventName: "exception", attributes },
    { resource: {}, eventName: "exception", time: [0, 0] },
    exceptionLog(Object.assign(new Error(long), { name: long, stack: `${long}: ${long}\n    at ${long} (${long}:1:2)\n    at f (/a.js:999999999:999999999)` }), { attributes }),
    exceptionLog(Object.assign(new Error("\u0000\uD800 \u202e"), { stack: "\u0000\uFFFF" }), { attributes: { "exception.type": " " } }),
  ];
  expect(complaintsOf(["hostile", "empty", "long", "odd"], records.flatMap((record) => fromLogs([record])))).toEqual({});
  expect(complaintsOf(["crumbs"], fromLogs([...crumbs, exceptionLog(new Error("after all"), { time: [1_767_323_046, 0] })]))).toEqual({});
  const span = { name: long, statusCode: 2, attributes: { ...attributes, "sentry.op": long }, events: [{ name: "exception", attributes: exceptionAttributes(new Error("on a span")) }] };
  expect(complaintsOf(["span"], texts(collectExceptions(decodeTraces(traces([span])))))).toEqual({});
});

test("the normalizer does complain", () => {
  const [good] = fromLogs([exceptionLog(new Error("x"))]);
  const event = JSON.parse(good!) as Record<string, unknown>;
  const bad = [{ ...event, release: "a/b" }, { ...event, event_id: "7" }, { ...event, exception: { values: [{ type: "E", stacktrace: { frames: [] } }] } }, { ...event, tags: { "bad key": "x".repeat(500) } }];
  for (const list of normalizerComplaints(bad.map((one) => JSON.stringify(one)))) expect(list.length).toBeGreaterThan(0);
});
