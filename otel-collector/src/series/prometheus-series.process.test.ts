import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { freePorts } from "../test-support/collector.ts";
import { until } from "../test-support/until.ts";
import { asSelector, seriesOf } from "./prometheus-series.ts";

/** The Prometheus that `npm start` and `npm test` fetch. A check that cannot run must not look like one that passed. */
function prometheusBinary(): string {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "helloagents/bin/prometheus-3.16.0");
  const candidates = process.env["PROMETHEUS_BIN"] ? [process.env["PROMETHEUS_BIN"]] : [cache, ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "prometheus"))];
  const found = candidates.find(existsSync);
  if (found === undefined) throw new Error(`No Prometheus: neither ${candidates[0]} nor prometheus in PATH. Run \`npm start\` once, which gets it.`);
  return found;
}

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/** Everything that names and labels can be made of, one metric each. */
function sample(nanos: string): object {
  const point = { timeUnixNano: nanos, startTimeUnixNano: nanos };
  const gauge = (name: string, unit?: string, attributes: object[] = []): object => ({ name, unit, gauge: { dataPoints: [{ ...point, asDouble: 1, attributes }] } });
  const sum = (name: string, unit?: string, isMonotonic = true): object => ({ name, unit, sum: { isMonotonic, aggregationTemporality: 2, dataPoints: [{ ...point, asDouble: 1 }] } });
  const units = ["s", "ms", "min", "h", "d", "By", "KiBy", "MBy", "1", "%", "{request}", "{request}/s", "By/s", "m/s", "Cel", "Hz", "odd unit", "USD", "_x", "requests/min", " s "];
  return {
    resourceMetrics: [
      {
        resource: { attributes: [text("service.namespace", "shops"), text("service.name", "cart"), text("service.instance.id", "i-1"), text("host.name", "h"), text("a-b", "1"), text("a.b", "2")] },
        scopeMetrics: [
          {
            scope: { name: "lib", version: "1" },
            metrics: [
              ...units.flatMap((unit, index) => [gauge(`unit.gauge${index}`, unit), sum(`unit.sum${index}`, unit), sum(`unit.updown${index}`, unit, false)]),
              ...["a__b..c", "1st.name", "_private", "already.seconds", "cache.ratio", "jobs.total", "total.jobs", "total", "ns:metric", "Ünïcode.name"].flatMap((name) => [gauge(name, "s"), sum(`sum.${name}`, "1"), gauge(`ratio.${name}`, "1")]),
              gauge("labels", undefined, [text("http.route", "/x"), text("1st", "a"), text("_one", "b"), text("__two", "c"), text("a-b", "v1"), text("a.b", "v2"), text("empty", ""), text("quoted", 'a"b\\c\nd'), text("ünï", "x"), text("job", "mine"), { key: "list", value: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "b" }] } } }, { key: "flag", value: { boolValue: true } }, { key: "number", value: { doubleValue: 0.5 } }]),
              { name: "latency", unit: "s", histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: "3", sum: 2, explicitBounds: [0.005, 1, 2.5, 1e-7, 1e21].sort((a, b) => a - b), bucketCounts: ["0", "1", "1", "1", "0", "0"], attributes: [text("le", "own")] }] } },
              { name: "no.sum", unit: "By", histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: "1", explicitBounds: [10], bucketCounts: ["1", "0"] }] } },
              { name: "no.buckets", histogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: "1", sum: 1 }] } },
              { name: "native", unit: "s", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ ...point, count: "1", sum: 1, scale: 0, positive: { offset: 0, bucketCounts: ["1"] } }] } },
              { name: "old.style", unit: "ms", summary: { dataPoints: [{ ...point, count: "1", sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }, { quantile: 0.99, value: 2 }] }] } },
            ],
          },
        ],
      },
      { resource: { attributes: [text("service.name", "only-name")] }, scopeMetrics: [{ metrics: [gauge("plain")] }] },
      { resource: { attributes: [text("host.name", "nobody")] }, scopeMetrics: [{ metrics: [gauge("plain")] }] },
    ],
  };
}

test("series are named as a real Prometheus names them", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-series-"));
  const [port] = await freePorts(1);
  writeFileSync(join(folder, "prometheus.yml"), "otlp: { translation_strategy: UnderscoreEscapingWithSuffixes }\n");
  const child = spawn(prometheusBinary(), [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, "--web.enable-otlp-receiver"], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  try {
    await until("Prometheus is ready", async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true, 60_000);
    const body = sample(`${Date.now()}000000`);
    const response = await fetch(`${url}/api/v1/otlp/v1/metrics`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    expect({ status: response.status, text: await response.text() }, output).toMatchObject({ status: 200 });
    const { data } = (await (await fetch(`${url}/api/v1/series?match[]=${encodeURIComponent('{__name__=~".+"}')}`)).json()) as { data: ({ __name__: string } & Record<string, string>)[] };
    const real = data.map(({ __name__, ...labels }) => asSelector({ name: __name__, labels })).sort();
    expect(seriesOf([body]).map(asSelector).sort()).toEqual(real);
    expect(real.length).toBeGreaterThan(100);
  } finally {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    rmSync(folder, { recursive: true, force: true });
  }
});
