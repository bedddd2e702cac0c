import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createMetrics, KINDS } from "./metrics.ts";

interface Entry {
  name: string;
  type: string;
  labels: string[];
  from: string[];
}

test("the catalogue of metrics lists exactly the bridge's own, each with its type and labels", () => {
  const metrics = createMetrics();
  metrics.layout("v8");
  metrics.request("/v1/logs", 200);
  metrics.upstream("127.0.0.1/1", "200");
  for (const kind of KINDS) metrics.ended(kind, { kind: "dropped", reason: "refused" });
  const text = metrics.text({ inFlightBytes: 0, limitedSeconds: [["127.0.0.1/1", "error", 60]] });
  const given = [...text.matchAll(/^# TYPE (\w+) (\w+)\n\1(?:\{(.*?)\})? /gm)].map(([, name, type, labels = ""]) => ({ name, type, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label) }));

  const catalogue = parse(readFileSync(new URL("../../../monitoring/metrics.yml", import.meta.url), "utf8")) as { metrics: Entry[] };
  const listed = catalogue.metrics.filter(({ from }) => from.includes("sentry-bridge")).map(({ name, type, labels }) => ({ name, type, labels }));
  expect(given.length).toBe(text.match(/^# TYPE /gm)!.length);
  expect(listed.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual(given.toSorted((one, other) => one.name!.localeCompare(other.name!)));
});
