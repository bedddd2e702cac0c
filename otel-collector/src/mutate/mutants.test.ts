import { expect, test } from "vitest";
import { parseConfig } from "../config/config-file.ts";
import { mutantsOf } from "./mutants.ts";
import { verdictOf } from "./report.ts";

const FILE = parseConfig(
  "a.yaml",
  `receivers: { otlp: }
processors:
  filter/a: { log_conditions: [{ context: log, conditions: ['a == 1 and b == 2'] }] }
  redaction: { allow_all_keys: true, blocked_values: [one, two] }
  unused: { switch: true }
exporters: { otlp_http/x: , otlp_http/y: }
connectors: { forward/m: }
service:
  pipelines:
    logs/in: { receivers: [otlp], processors: [redaction], exporters: [forward/m] }
    logs/out: { receivers: [forward/m], processors: [filter/a], exporters: [otlp_http/x, otlp_http/y] }
`,
);

const mutants = mutantsOf(FILE.value);
const configOf = (name: string): unknown => mutants.find((each) => each.name === name)?.config;
const pipelinesOf = (name: string): unknown => (configOf(name) as { service: { pipelines: unknown } }).service.pipelines;

test("each part of the configuration is missing or changed in one mutant", () => {
  expect(mutants.map(({ name }) => name)).toEqual([
    "logs/in: receiver otlp dropped",
    "logs/in: redaction dropped",
    "logs/in: exporter forward/m dropped",
    "logs/out: receiver forward/m dropped",
    "logs/out: filter/a dropped",
    "logs/out: exporter otlp_http/x dropped",
    "logs/out: exporter otlp_http/y dropped",
    "filter/a: conditions without a == 1 and b == 2",
    "filter/a: a == 1 taken out of a == 1 and b == 2",
    "filter/a: b == 2 taken out of a == 1 and b == 2",
    "redaction: allow_all_keys is false",
    "redaction: blocked_values without one",
    "redaction: blocked_values without two",
  ]);
});

test("what a mutant leaves behind is still a configuration", () => {
  const discarded = { receivers: ["otlp"], processors: ["redaction"], exporters: ["otlp_http/pipeline_discarded"] };
  expect(pipelinesOf("logs/in: receiver otlp dropped")).toEqual({});
  expect(pipelinesOf("logs/out: receiver forward/m dropped")).toEqual({ "logs/in": discarded });
  expect(pipelinesOf("logs/in: exporter forward/m dropped")).toEqual({ "logs/in": discarded });
  expect(configOf("filter/a: conditions without a == 1 and b == 2")).toMatchObject({ processors: { "filter/a": { log_conditions: [] } } });
});

test("survivors are named with file and line; a list that says too much is stale", () => {
  const place = { file: "survivors.yaml", line: 2, column: 1 };
  const fates = mutants.slice(0, 3).map((mutant) => ({ mutant, tried: 2 }));
  const verdict = verdictOf(fates, [{ mutant: "logs/in: redaction dropped", reason: "r", place }, { mutant: "long gone", reason: "r", place }], [FILE]);
  expect(verdict.survived.map(({ name, place }) => `${name} ${place.line}`)).toEqual(["logs/in: receiver otlp dropped 10", "logs/in: exporter forward/m dropped 10"]);
  expect([verdict.explained.length, verdict.stale.map(({ mutant }) => mutant)]).toEqual([1, ["long gone"]]);
});
