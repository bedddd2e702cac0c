import { expect, test } from "vitest";
import { decodeLogs, decodeTraces } from "../otlp/protobuf.ts";
import { decodeTracesJson } from "../otlp/json.ts";
import { logs, SPAN_ID, TIME, TRACE_ID, traces, type SampleLog, type SampleSpan } from "../testing/otlp-samples.ts";
import { createCollapse } from "./collapse.ts";
import { collectExceptions, type RecordedException } from "./collect.ts";
import { readException } from "./identity.ts";

/** Message and span of what becomes an event, in the order of deciding. */
async function events(...requests: RecordedException[][]): Promise<string[]> {
  const { once } = createCollapse();
  const sent: string[] = [];
  for (const request of requests) {
    for (const recorded of request) {
      const exception = readException(recorded);
      await once(exception, async () => {
        sent.push(`${exception.value} on ${recorded.spanId}`);
        return { kind: "sent" };
      });
    }
  }
  return sent;
}

const fromSpans = (...spans: SampleSpan[]): RecordedException[] => collectExceptions(decodeTraces(traces(spans)));
const fromLogs = (...records: SampleLog[]): RecordedException[] => collectExceptions(decodeLogs(logs(records)));

function recorded(stacktrace: string, message: string, second = 0): NonNullable<SampleSpan["events"]>[number] {
  return { name: "exception", attributes: { "exception.type": "Error", "exception.message": message, "exception.stacktrace": stacktrace }, time: [TIME[0] + second, TIME[1]] };
}

const [OUTER, MIDDLE, INNER] = [SPAN_ID, "00000000000000a2", "00000000000000a3"];
const CAUSE = "java.io.IOException: disk\n\tat shop.Disk.read(Disk.java:7)\n\tat shop.Cart.load(Cart.java:5)\n\tat shop.Main.main(Main.java:1)";
const WRAPPER = "shop.CartException: no cart\n\tat shop.Cart.load(Cart.java:6)\n\tat shop.Main.main(Main.java:1)\nCaused by: java.io.IOException: disk\n\tat shop.Disk.read(Disk.java:7)\n\tat shop.Cart.load(Cart.java:5)\n\t... 1 more";

test("a wrapper on an outer span and its cause on an inner one are the wrapper's event, in whatever order and request the cause comes", async () => {
  const outer: SampleSpan = { spanId: OUTER, events: [recorded(WRAPPER, "no cart", 1)] };
  const inner: SampleSpan = { spanId: INNER, parentSpanId: OUTER, events: [recorded(CAUSE, "disk")] };
  expect(await events(fromSpans(inner, outer))).toEqual([`no cart on ${OUTER}`]);
  expect(await events(fromSpans(outer), fromSpans(inner))).toEqual([`no cart on ${OUTER}`]);
  // The cause had been sent before anybody could know of a wrapper.
  expect(await events(fromSpans(inner), fromSpans(outer))).toEqual([`disk on ${INNER}`, `no cart on ${OUTER}`]);
  const elsewhere = { ...inner, traceId: "f".repeat(32) };
  expect(await events(fromSpans(elsewhere, outer))).toHaveLength(2);
});

/** As Python prints it where it was seen: the outermost of these callers first. */
function python(...callers: string[]): string {
  return ["Traceback (most recent call last):", ...callers.map((name) => `  File "/srv/${name}.py", line 9, in ${name}\n    call()`), "ValueError: no"].join("\n");
}

test("one exception that climbs is one event, that of the innermost span, although each span sees more of its callers", async () => {
  const climb = [
    { spanId: OUTER, events: [recorded(python("main", "view", "load"), "no", 2)] },
    { spanId: MIDDLE, parentSpanId: OUTER, events: [recorded(python("view", "load"), "no", 1)] },
    { spanId: INNER, parentSpanId: MIDDLE, events: [recorded(python("load"), "no", 0)] },
  ];
  expect(await events(fromSpans(...climb))).toEqual([`no on ${INNER}`]);
  expect(await events(fromSpans(...climb.slice(0, 2)), fromSpans(climb[2]!))).toEqual([`no on ${MIDDLE}`]);
});

test("repeats on one span are events of their own, on the span and in its log, within a request and across", async () => {
  const log = (second: number): SampleLog => ({ traceId: TRACE_ID, eventName: "exception", attributes: recorded(CAUSE, "disk").attributes!, time: [TIME[0] + second, 0] });
  expect(await events(fromLogs(log(1), log(2)), fromLogs(log(3)))).toHaveLength(3);
  expect(await events(fromLogs(log(1), log(2)), fromLogs(log(1), log(2)))).toHaveLength(2);
  const span: SampleSpan = { events: [recorded(CAUSE, "disk", 4), recorded(CAUSE, "disk", 5)] };
  expect(await events(fromSpans(span), fromLogs(log(1), log(2)))).toHaveLength(2);
});

test.each([["protobuf", decodeTraces], ["json", decodeTracesJson]] as const)("a span event with the attributes of an exception is one, whatever its name (%s)", (encoding, decode) => {
  const event = { ...recorded(CAUSE, "disk"), name: "payment failed" };
  const groups = decode(traces([{ events: [event, { name: "cache miss", attributes: { note: "exception.type" } }] }], encoding));
  expect(collectExceptions(groups).map(({ message, trail }) => [message, trail.map((entry) => entry.message)])).toEqual([["disk", ["cache miss"]]]);
});

/** A stack of Go: functions with their lines in one file, the innermost first. */
function go(...frames: [name: string, line: number][]): string {
  return ["goroutine 1 [running]:", ...frames.map(([name, line]) => (name === "panic" ? `panic({0x1, 0x2})\n\t/usr/local/go/src/runtime/panic.go:${line} +0x1` : `main.${name}()\n\t/srv/app/main.go:${line} +0x1d`))].join("\n");
}

test("Go: an error recorded with a stack on two spans is one, panics at two places are two", async () => {
  const twice = [{ spanId: OUTER, events: [recorded(go(["serve", 9]), "no pear", 1)] }, { spanId: INNER, parentSpanId: OUTER, events: [recorded(go(["add", 3]), "no pear")] }];
  expect(await events(fromSpans(...twice))).toEqual([`no pear on ${INNER}`]);
  const panics = [3, 4].map((line, i) => ({ spanId: [OUTER, INNER][i]!, events: [recorded(go(["panic", 770], ["add", line]), "nil")] }));
  expect(await events(fromSpans(...panics))).toHaveLength(2);
});

test("secrets that the Collector masked once here and twice there make no two errors of one", async () => {
  const stack = "Error: no row for ****\n    at find (https://shop.example/db.js?****:1:2)";
  const spans = ["****", "********"].map((mask, i) => ({ spanId: [OUTER, INNER][i]!, events: [recorded(stack.replaceAll("****", mask), `no row for ${mask}`)] }));
  expect(await events(fromSpans(...spans))).toEqual([`no row for **** on ${OUTER}`]);
  const bodies = ["****", "********"].map((mask) => ({ traceId: TRACE_ID, eventName: "exception", body: `no row for ${mask}` }));
  expect(await events(fromLogs(...bodies))).toEqual([`no row for **** on ${SPAN_ID}`]);
});

function goError(type: string, message: string, stack = ""): NonNullable<SampleSpan["events"]> {
  return [{ name: "exception", attributes: { "exception.type": type, "exception.message": message, "exception.stacktrace": stack } }];
}

test("Go: words put in front of an error that climbs make a chain of it, along the spans only", async () => {
  const resource = { "service.name": "shop", "telemetry.sdk.language": "go" };
  const spans: SampleSpan[] = [
    { resource, spanId: OUTER, events: goError("*fmt.wrapError", "buy: load cart: no pear") },
    { resource, spanId: MIDDLE, parentSpanId: OUTER, events: goError("*fmt.wrapError", "load cart: no pear", go(["load", 9])) },
    { resource, spanId: INNER, parentSpanId: MIDDLE, events: goError("*main.outOfStock", "no pear", go(["add", 3])) },
  ];
  expect(await events(fromSpans(...spans))).toEqual([`buy: load cart: no pear on ${OUTER}`]);
  const { stack } = readException(fromSpans(...spans)[0]!);
  expect(stack.links.map(({ header, frames, parent, source }) => [header?.type, header?.value, frames.map((frame) => frame.function), parent, source])).toEqual([
    [undefined, undefined, [], -1, ""],
    ["*fmt.wrapError", "load cart: no pear", ["load"], 0, "cause"],
    ["*main.outOfStock", "no pear", ["add"], 1, "cause"],
  ]);
  const aside = { ...spans[2]!, parentSpanId: "00000000000000ff" };
  expect(await events(fromSpans(spans[0]!, aside))).toHaveLength(2);
  const named = { ...resource, "telemetry.sdk.language": "python" };
  expect(await events(fromSpans({ ...spans[0]!, resource: named }, { ...spans[2]!, resource: named, parentSpanId: OUTER }))).toHaveLength(2);
});
