import { expect, test } from "vitest";
import { startFakeSentry } from "../testing/fake-sentry.ts";
import { exceptionAttributes, exceptionLog, logs, NODE_RESOURCE, PAGE_RESOURCE, type SampleLog, type SampleSpan, traces } from "../testing/otlp-samples.ts";
import { forTest, startBeside } from "../testing/pair.ts";

const TRACES = Array.from({ length: 60 }, (_, i) => (i + 1).toString(16).padStart(32, "7"));

const event = (of: Error): NonNullable<SampleSpan["events"]>[number] => ({ name: "exception", attributes: exceptionAttributes(of) });

/** What some services and a page say of a trace: an exception that climbs, its log record, a repeat, a cause recorded on its own. */
function recordsOf(traceId: string, i: number): { spans: SampleSpan[]; records: SampleLog[] } {
  const resource = i % 3 === 0 ? PAGE_RESOURCE : NODE_RESOURCE;
  const cause = Object.assign(new RangeError(`cause ${i}`), { stack: `RangeError: cause ${i}\n    at read (/srv/disk.js:3:4)` });
  const error = Object.assign(new TypeError(`outer ${i}`), { stack: `TypeError: outer ${i}\n    at pay (/srv/pay.js:1:2) {\n  [cause]: RangeError: cause ${i}\n      at read (/srv/disk.js:3:4)\n}` });
  const [outer, inner] = [`00000000000${(1000 + i).toString(16)}a1`, `00000000000${(1000 + i).toString(16)}a2`];
  return {
    spans: [
      { resource, traceId, spanId: outer, name: "POST /pay", attributes: { "http.route": "/pay", "http.request.method": "POST" }, events: i % 5 === 0 ? [event(error), event(error)] : [event(error)] },
      { resource, traceId, spanId: inner, parentSpanId: outer, kind: 0, events: i % 2 === 0 ? [event(cause), event(error)] : [event(error)] },
    ],
    records: [exceptionLog(error, { resource, traceId, spanId: inner }), { resource, traceId, spanId: inner, body: "about to pay", severityNumber: 9 }],
  };
}

/** Sends every trace to one of `count` bridges, by its id, and gives the events that all of them made together, by id. */
async function eventsOf(count: number): Promise<Map<string, Record<string, unknown>>> {
  const sentry = forTest(await startFakeSentry());
  const bridges = await Promise.all(Array.from({ length: count }, () => startBeside(sentry)));
  const of = (n: number): ReturnType<typeof recordsOf>[] => TRACES.map((traceId, i) => ({ traceId, i })).filter(({ traceId }) => parseInt(traceId.slice(-4), 16) % count === n).map(({ traceId, i }) => recordsOf(traceId, i));
  for (const [n, bridge] of bridges.entries()) {
    const mine = of(n);
    // Twice, as senders repeat what they are not sure of.
    for (let round = 0; round < 2; round++) {
      expect((await bridge.post("/v1/traces", traces(mine.flatMap(({ spans }) => spans)))).status).toBe(200);
      expect((await bridge.post("/v1/logs", logs(mine.flatMap(({ records }) => records)))).status).toBe(200);
    }
  }
  return sentry.events;
}

test("two bridges, or three, behind a split by trace id make the same events as one, with the same ids", async () => {
  const one = await eventsOf(1);
  expect(one.size).toBeGreaterThanOrEqual(TRACES.length);
  for (const count of [2, 3]) {
    const several = await eventsOf(count);
    expect([...several.keys()].sort()).toEqual([...one.keys()].sort());
    for (const [id, event] of several) expect(event).toEqual(one.get(id));
  }
});
