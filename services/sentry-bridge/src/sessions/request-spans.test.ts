import { expect, test } from "vitest";
import type { RecordedException } from "../exceptions/collect.ts";
import type { Attributes, AttributeValue, Span } from "../otlp/model.ts";
import { createRequestSpans, isRequest, type RequestSpans } from "./request-spans.ts";

const SERVICE: Attributes = new Map([["service.name", "shop"], ["service.instance.id", "a"]]);
const TRACE = "0af7651916cd43dd8448eb211c80319c";

function span(attributes: Record<string, AttributeValue> = {}, more: Partial<Span> = {}): Span {
  return {
    traceId: TRACE, spanId: "b7ad6b7169203331", parentSpanId: "", startTimeUnixNano: 1_000n, endTimeUnixNano: 2_000n, name: "GET", kind: 2, events: [], statusCode: 0, statusMessage: "",
    attributes: new Map(Object.entries({ "http.request.method": "GET", ...attributes })),
    ...more,
  };
}

const exception = (more: Partial<RecordedException>): RecordedException => ({ traceId: TRACE, spanId: "000000000000000c", timeUnixNano: 1_500n, root: undefined, resource: SERVICE, ...more }) as RecordedException;
const statuses = ({ take }: RequestSpans<string>): string[] => take().requests.map(({ status }) => status);

test.each<[string, Record<string, AttributeValue>, number, string]>([
  ["200", { "http.response.status_code": 200 }, 0, "exited"],
  ["200 in the names of before", { "http.status_code": 200 }, 0, "exited"],
  ["404", { "http.response.status_code": 404, "error.type": "404" }, 0, "exited"],
  ["500", { "http.response.status_code": 500 }, 2, "crashed"],
  ["503 in the names of before, as text", { "http.status_code": "503" }, 0, "crashed"],
  ["no answer and no failure", {}, 0, "exited"],
  ["no answer but a failure", { "error.type": "ECONNRESET" }, 2, "crashed"],
  ["a failure after a good answer", { "http.response.status_code": 200, "error.type": "ECONNRESET" }, 2, "errored"],
])("how a request ended: %s", (_, attributes, statusCode, expected) => {
  const requests = createRequestSpans<string>();
  expect(requests.add(SERVICE, "shop", span(attributes, { statusCode }))).toBe(true);
  expect(statuses(requests)).toEqual([expected]);
  expect(statuses(requests)).toEqual([]);
});

test("requests are SERVER spans of HTTP with ids, in the names of now and of before", () => {
  const other = { attributes: new Map([["rpc.system", "grpc"]]) };
  expect([span(), span({}, { attributes: new Map([["http.method", "GET"]]) }), span({}, other), span({}, { kind: 3 }), span({}, { spanId: "" })].map(isRequest)).toEqual([true, true, false, false, false]);
});

test.each<[string, Partial<RecordedException>, string]>([
  ["on the span of the request", { spanId: "b7ad6b7169203331", timeUnixNano: 0n }, "errored"],
  ["below it, in the same batch", { root: span(), timeUnixNano: 9_000n }, "errored"],
  ["of the same process and trace, within its time", {}, "errored"],
  ["at its very end", { timeUnixNano: 2_000n }, "errored"],
  ["after it", { timeUnixNano: 2_001n }, "exited"],
  ["below another request, within the time of this one", { root: span({}, { spanId: "000000000000000d" }) }, "exited"],
  ["below a message that was consumed, within its time", { root: span({}, { spanId: "000000000000000d", kind: 5 }) }, "exited"],
  ["in another trace", { traceId: "1".repeat(32) }, "exited"],
  ["without a trace", { traceId: "" }, "exited"],
  ["of another service in the trace", { resource: new Map([["service.name", "cart"]]) }, "exited"],
  ["of another process of the service", { resource: new Map([["service.name", "shop"], ["service.instance.id", "b"]]) }, "exited"],
])("an exception makes a request errored, whichever comes first: %s", (_, more, expected) => {
  const [before, after, twice] = [createRequestSpans<string>(), createRequestSpans<string>(), createRequestSpans<string>()];
  before.failed(exception(more));
  before.add(SERVICE, "shop", span());
  after.add(SERVICE, "shop", span());
  after.failed(exception(more));
  for (let n = 0; n < 200; n++) twice.failed(exception(more));
  twice.add(SERVICE, "shop", span());
  expect([before, after, twice].map(statuses)).toEqual([[expected], [expected], [expected]]);
});

test("a crash stays one", () => {
  const requests = createRequestSpans<string>();
  requests.failed(exception({}));
  requests.add(SERVICE, "shop", span({ "http.response.status_code": 500 }));
  expect(statuses(requests)).toEqual(["crashed"]);
});

test("a span that comes again is none, also long after, as long as it comes before as many others as are remembered", () => {
  const requests = createRequestSpans<string>({ ids: 10 });
  const add = (n: number): boolean => requests.add(SERVICE, "shop", span({}, { spanId: n.toString(16).padStart(16, "0") }));
  expect(add(1)).toBe(true);
  for (let tens = 1; tens < 100; tens++) {
    for (let n = 0; n < 10; n++) expect(add(10 * tens + n)).toBe(true);
    expect(add(1)).toBe(false);
  }
  expect(requests.take().requests).toHaveLength(991);
  expect(add(10)).toBe(true);
  expect(requests.add(SERVICE, "shop", span({}, { traceId: "1".repeat(32), spanId: "1".padStart(16, "0") }))).toBe(true);
});

test("of two instrumentations of one request, the outer one counts; what another service or process was asked counts by itself", () => {
  const outer = span();
  const [inner, other] = ["000000000000000b", "000000000000000c"].map((spanId) => span({}, { spanId, parentSpanId: outer.spanId }));
  const requests = createRequestSpans<string>();
  requests.add(SERVICE, "shop", inner!);
  requests.add(SERVICE, "shop", outer);
  requests.add(new Map([["service.name", "shop"], ["service.instance.id", "b"]]), "other shop", other!);
  expect(requests.take()).toMatchObject({ requests: [{ service: "shop", spanId: outer.spanId }, { service: "other shop" }], nested: 1 });
});

test("it says when no more should wait", () => {
  const requests = createRequestSpans<string>({ waiting: 2 });
  requests.add(SERVICE, "shop", span());
  expect(requests.full()).toBe(false);
  requests.add(SERVICE, "shop", span({}, { spanId: "000000000000000e" }));
  expect(requests.full()).toBe(true);
  requests.take();
  expect(requests.full()).toBe(false);
});
