// What Prometheus and Alertmanager need: cores, memory and disk, by the number of services that send metrics, with the committed rules and routes.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePorts } from "../support/ports.ts";
import { repository } from "../support/stack.ts";
import { program } from "./programs.ts";

/** As OpenTelemetry's default, and what `npm start` and docker-compose.yml set: every service sends all its metrics this often. */
const interval_s = 15;
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2, 2.5, 5, 7.5, 10];

/** `npm run bench -- capacity [services...]`: cores, resident memory, samples and bytes. A minute and a half each. */
export async function run(args: string[]): Promise<void> {
  const sizes = args.length > 0 ? args.map(Number) : [1, 10, 50];
  const bytes = await bytesOfSample();
  console.log(`disk: ${bytes.toFixed(2)} bytes a sample (a day of 200 series every ${interval_s} s in compacted blocks)\n`);
  console.log("services  series  samples/s  Prometheus: cores  memory   30 days on disk    Alertmanager (as many alerts): cores  memory");
  for (const services of sizes) console.log(await measure(services, bytes));
}

async function measure(services: number, bytesOfOne: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capacity-"));
  const [prometheusPort = 0, alertmanagerPort = 0] = await freePorts(2);
  await cp(join(repository, "monitoring/prometheus"), folder, { recursive: true });
  await rm(join(folder, "targets"), { recursive: true });
  await mkdir(join(folder, "targets"));
  await writeFile(join(folder, "alertmanager.yml"), "route: {receiver: none, group_by: [alertname, job]}\nreceivers: [{name: none}]\n");
  const prometheus = start("prometheus", folder, [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${prometheusPort}`, "--web.enable-otlp-receiver", "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion"]);
  const alertmanager = start("alertmanager", folder, [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/alerts`, `--web.listen-address=127.0.0.1:${alertmanagerPort}`, "--cluster.listen-address="]);
  try {
    const url = `http://127.0.0.1:${prometheusPort}`;
    while (!(await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false))) await pause(50);
    let used = [0, 0];
    let samples = 0;
    // A minute and a half; the first half warms up.
    for (let round = 1; round <= 6; round++) {
      if (round === 4) [used, samples] = [await cpuSeconds(prometheus, alertmanager), await appended(url)];
      const begun = Date.now();
      for (let service = 0; service < services; service++) await push(`${url}/api/v1/otlp/v1/metrics`, service, round);
      await alert(`http://127.0.0.1:${alertmanagerPort}/api/v2/alerts`, services);
      await pause(Math.max(0, interval_s * 1_000 - (Date.now() - begun)));
    }
    const window_s = 3 * interval_s;
    const cores = (await cpuSeconds(prometheus, alertmanager)).map((seconds, index) => (seconds - used[index]!) / window_s);
    const rate = ((await appended(url)) - samples) / window_s;
    const [memory, alertMemory] = await Promise.all([residentMib(prometheus), residentMib(alertmanager)]);
    const series = await value(url, "prometheus_tsdb_head_series");
    const disk_GB = (rate * 86_400 * 30 * bytesOfOne) / 1e9;
    return [String(services).padStart(8), String(series).padStart(7), rate.toFixed(0).padStart(10), cores[0]!.toFixed(3).padStart(18), `${memory.toFixed(0)} MiB`.padStart(8), `${disk_GB.toFixed(1)} GB`.padStart(16), cores[1]!.toFixed(3).padStart(40), `${alertMemory.toFixed(0)} MiB`.padStart(8)].join(" ");
  } finally {
    for (const child of [prometheus, alertmanager]) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** Size of a sample on disk: a day of counters that rise at random, and of gauges, written by promtool and compacted. */
async function bytesOfSample(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "capacity-"));
  const begin_s = Math.floor(Date.UTC(2026, 0, 1) / 1000);
  const lines = ["# TYPE requests counter", ...series("requests_total", 150, begin_s, (before) => before + (Math.random() < 0.3 ? 1 : 0)), "# TYPE memory gauge", ...series("memory", 50, begin_s, () => Math.round(1e8 + Math.random() * 1e6)), "# EOF", ""];
  await writeFile(join(folder, "text"), lines.join("\n"));
  execFileSync(program("promtool"), ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", join(folder, "text"), join(folder, "blocks")], { stdio: "ignore" });
  let bytes = 0;
  let samples = 0;
  for (const block of await readdir(join(folder, "blocks"))) {
    for (const file of await readdir(join(folder, "blocks", block), { recursive: true })) {
      const found = await stat(join(folder, "blocks", block, file));
      if (found.isFile()) bytes += found.size;
    }
    samples += (JSON.parse(await readFile(join(folder, "blocks", block, "meta.json"), "utf8")) as { stats: { numSamples: number } }).stats.numSamples;
  }
  await rm(folder, { recursive: true });
  return bytes / samples;
}

function series(name: string, count: number, begin_s: number, next: (before: number) => number): string[] {
  return Array.from({ length: count }, (_, index) => {
    let value = 0;
    return Array.from({ length: 86_400 / interval_s }, (_each, step) => `${name}{instance="${index}"} ${(value = next(value))} ${begin_s + step * interval_s}`);
  }).flat();
}

/** All metrics of one service with 20 routes and 3 statuses, as the preload sends them. */
async function push(url: string, service: number, round: number): Promise<void> {
  const time = { startTimeUnixNano: "1767225600000000000", timeUnixNano: `${Date.now()}000000` };
  const dataPoints = Array.from({ length: 60 }, (_, index) => {
    const count = round * 100 + Math.floor(Math.random() * 20);
    const bucketCounts = [...bounds.map(() => Math.floor(count / (bounds.length + 1))), 0];
    bucketCounts[bounds.length] = count - bucketCounts.reduce((sum, one) => sum + one, 0);
    return { ...time, attributes: [attribute("http.route", `/api/things/${index % 20}`), attribute("http.request.method", "GET"), attribute("http.response.status_code", ["200", "404", "500"][index % 3]!)], count: String(count), sum: count * 0.02, bucketCounts: bucketCounts.map(String), explicitBounds: bounds };
  });
  const gauge = (name: string, unit: string, asDouble: number): object => ({ name, unit, gauge: { dataPoints: [{ ...time, asDouble }] } });
  const metrics = [{ name: "http.server.request.duration", unit: "s", histogram: { aggregationTemporality: 2, dataPoints } }, gauge("process.memory.usage", "By", 1e8 + Math.random() * 1e6), gauge("process.memory.limit", "By", 5e8), gauge("nodejs.eventloop.utilization", "1", Math.random() / 2)];
  const resource = { attributes: [attribute("service.name", `service-${service}`), attribute("service.instance.id", `instance-${service}`)] };
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: {}, metrics }] }] }) });
  if (!answer.ok) throw new Error(`Prometheus answered ${answer.status}: ${await answer.text()}`);
}

function attribute(key: string, text: string): object {
  return { key, value: { stringValue: text } };
}

async function alert(url: string, count: number): Promise<void> {
  const body = Array.from({ length: count }, (_, index) => ({ labels: { alertname: "HighErrorRate", severity: "critical", job: `service-${index}` }, annotations: { description: "7.2% of the requests were answered with 5xx." } }));
  await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

function start(name: "prometheus" | "alertmanager", cwd: string, args: string[]): ChildProcess {
  return spawn(program(name), args, { cwd, stdio: "ignore", env: { ...process.env, GOGC: "50" } });
}

async function value(url: string, metric: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => line.startsWith(metric)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const appended = async (url: string): Promise<number> => await value(url, "prometheus_tsdb_head_samples_appended_total");

async function cpuSeconds(...children: ChildProcess[]): Promise<number[]> {
  return await Promise.all(children.map(async ({ pid }) => {
    const [, rest = ""] = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ");
    const fields = rest.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }));
}

async function residentMib({ pid }: ChildProcess): Promise<number> {
  return Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
