import { array, assert, boolean, constantFrom, double, nat, property, record } from "fast-check";
import { expect, test } from "vitest";
import { FUZZ, FUZZ_NAME } from "../testing/fuzz.ts";
import { requestDurations } from "../testing/metric-samples.ts";
import { decodeCountsJson } from "./json.ts";
import type { CountPoint } from "./metrics.ts";
import { MalformedError } from "./model.ts";
import { decodeCounts } from "./protobuf.ts";

const NAME = "http.server.request.duration";
const [START, TIME] = [1_767_323_045_678, 1_767_323_105_678];
const POINTS = [{ count: 7, start: START, time: TIME }, { count: 3, start: START, time: TIME, attributes: { "http.response.status_code": 500, "error.type": "500" } }];

test.each([
  ["protobuf", decodeCounts],
  ["json", decodeCountsJson],
] as const)("counts of a histogram, as OpenTelemetry's own serializer writes them: %s", (encoding, decode) => {
  const read = (more: object): CountPoint[] => decode(requestDurations({ points: POINTS, ...more }, encoding), NAME);
  expect(read({})).toMatchObject([
    { count: 7, cumulative: true, startTimeUnixNano: BigInt(START) * 1_000_000n, timeUnixNano: BigInt(TIME) * 1_000_000n },
    { count: 3, cumulative: true, attributes: new Map<string, unknown>([["http.response.status_code", 500], ["error.type", "500"]]) },
  ]);
  expect(read({})[0]!.resource.get("service.name")).toBe("helloagents-api");
  expect(read({ temporality: 0 })).toMatchObject([{ cumulative: false }, { cumulative: false }]);
  expect(read({ name: "http.server.request.size" })).toEqual([]);
  expect(decode(encoding === "json" ? Buffer.from("{}") : Buffer.alloc(0), NAME)).toEqual([]);
});

test("exponential histograms and names of enums count too; a count that is none is refused", () => {
  const json = (data: unknown): Buffer => Buffer.from(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: NAME, ...(data as object) }] }] }] }));
  const point = { count: "12", timeUnixNano: "5", startTimeUnixNano: 3 };
  expect(decodeCountsJson(json({ exponentialHistogram: { aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA", dataPoints: [point] } }), NAME)).toMatchObject([{ count: 12, cumulative: false, timeUnixNano: 5n, startTimeUnixNano: 3n }]);
  expect(decodeCountsJson(json({ histogram: { dataPoints: [point] } }), NAME)).toEqual([]);
  expect(decodeCountsJson(json({ gauge: { dataPoints: [point] } }), NAME)).toEqual([]);
  for (const count of ["x", -1, 1.5, {}]) expect(() => decodeCountsJson(json({ histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count }] } }), NAME)).toThrow(MalformedError);
});

function outcome(decode: () => CountPoint[]): string {
  try {
    return decode().every(({ count }) => Number.isSafeInteger(count) && count >= 0) ? "whole numbers" : "odd numbers";
  } catch (error) {
    return (error as Error).name;
  }
}

test(`broken bytes are refused with a reason, or read: ${FUZZ_NAME}`, () => {
  const bodies = { protobuf: requestDurations({ points: POINTS }), json: requestDurations({ points: POINTS }, "json") };
  const change = record({ at: double({ min: 0, max: 0.999, noNaN: true }), byte: nat(255), cut: boolean() });
  assert(
    property(constantFrom("protobuf" as const, "json" as const), array(change, { minLength: 1, maxLength: 8 }), (encoding, changes) => {
      let body = Buffer.from(bodies[encoding]);
      for (const { at, byte, cut } of changes) {
        body[Math.floor(at * body.length)] = byte;
        if (cut) body = body.subarray(0, Math.floor(at * body.length));
      }
      expect(outcome(() => (encoding === "json" ? decodeCountsJson : decodeCounts)(body, NAME))).toMatch(/^(?:whole numbers|MalformedError)$/);
    }),
    FUZZ,
  );
});
