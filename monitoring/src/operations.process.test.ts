import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "./files.ts";
import { startLocalServer } from "./local-server.ts";

/** `silence`, `backup` and `restore` as a person runs them, with a real Prometheus and Alertmanager. */
const folder = mkdtempSync(join(tmpdir(), "operations-"));
const stops: (() => Promise<void>)[] = [];
let prometheus: string;
let alertmanager: string;

beforeAll(async () => {
  writeFileSync(join(folder, "prometheus.yml"), "global: {scrape_interval: 1h}\n");
  writeFileSync(join(folder, "alertmanager.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n");
  [prometheus, alertmanager] = await Promise.all([startPrometheus("prometheus-data"), startAlertmanager("alertmanager-data")]);
}, 60_000);

afterAll(async () => {
  await Promise.all(stops.map(async (stop) => await stop()));
  rmSync(folder, { recursive: true });
});

test("a silence in one command says what it holds back, is listed, and is ended", async () => {
  await post(`${alertmanager}/api/v2/alerts`, [{ labels: { alertname: "HighErrorRate", job: "api" } }]);
  await eventually(async () => (await json(`${alertmanager}/api/v2/alerts`)).length === 1);
  const set = await monitoring("silence", "add", "job=api", 'alertname=~"High.*"', "--for", "2h", "--comment", "the database moves", "--by", "ops", "--alertmanager", alertmanager);
  expect(set).toMatchObject({ code: 0, text: expect.stringMatching(/^silence [\w-]+: job="api" alertname=~"High\.\*" until .* UTC\nheld back now: HighErrorRate \(api\)\n/) });
  const id = /^silence ([\w-]+)/.exec(set.text)![1]!;
  await eventually(async () => (await json(`${alertmanager}/api/v2/alerts`))[0].status.state === "suppressed");
  expect(await monitoring("silence", "list", "--alertmanager", alertmanager)).toMatchObject({ code: 0, text: expect.stringMatching(new RegExp(`^${id}  until .* job="api" alertname=~"High\\.\\*"  "the database moves" \\(ops\\)\n$`)) });
  expect(await monitoring("silence", "expire", id.slice(0, 8), "--alertmanager", alertmanager)).toMatchObject({ code: 0, text: expect.stringContaining(`ended: ${id}`) });
  expect(await monitoring("silence", "list", "--alertmanager", alertmanager)).toMatchObject({ code: 0, text: "no silences\n" });
});

test.each([
  [["add", "api", "--for", "2h", "--comment", "x"], "is no matcher; write alertname="],
  [["add", "severity!=critical", "--for", "2h", "--comment", "x"], "holds back nearly everything"],
  [["add", 'alertname=~".+"', "--for", "2h", "--comment", "x"], "holds back nearly everything"],
  [["add", "job=api", "--for", "2 hours", "--comment", "x"], "is no duration; write for example 30s"],
  [["add", "job=api", "--for", "1h", "--comment", "x", "--start", "tomorrow"], `--start "tomorrow" is no time`],
  [["add", "job=api", "--for", "1h", "--comment", "x", "--start", "2020-01-01T00:00:00Z"], "is over already"],
  [["add", "job=api", "--for", "1h"], "required option '--comment"],
  [["add", "job=api", "--for", "1h", "--comment", " "], "--comment is empty; say why"],
  [["expire", "nothere"], "there is no silence nothere in force"],
])("silence %j: wrong use says what to write", async (args, words) => {
  expect(await monitoring("silence", ...args, "--alertmanager", alertmanager)).toMatchObject({ code: 2, text: expect.stringContaining(words) });
});

test("a backup answers the same queries after its restore, and its silences are in force again, once", async () => {
  const now = Date.now();
  await push(prometheus, now - 60_000, 41);
  await push(prometheus, now, 42);
  await monitoring("silence", "add", "job=shop", "--for", "3h", "--comment", "moving", "--alertmanager", alertmanager);
  const taken = await monitoring("backup", "kept", "--prometheus", prometheus, "--alertmanager", alertmanager);
  expect(taken).toMatchObject({ code: 0, text: expect.stringMatching(/^kept: [1-9] blocks of Prometheus \(.* to .*\), 1 silences\n$/) });
  expect(await monitoring("backup", "kept", "--prometheus", prometheus, "--alertmanager", alertmanager)).toMatchObject({ code: 2, text: expect.stringContaining("kept is there already") });
  // Not in the backup.
  await push(prometheus, Date.now(), 43);

  const other = await startAlertmanager("restored-alertmanager");
  const restored = await monitoring("restore", "kept", "--prometheus-data", "restored", "--alertmanager", other);
  expect(restored).toMatchObject({ code: 0, text: expect.stringContaining(`${other}: 1 silences set, 0 were there, 0 are over by now`) });
  expect(await monitoring("restore", "kept", "--alertmanager", other)).toMatchObject({ code: 0, text: expect.stringContaining("0 silences set, 1 were there") });
  expect((await json(`${other}/api/v2/silences`)).map((silence: { comment: string }) => silence.comment)).toEqual(["moving"]);
  const again = await startPrometheus("restored");
  const query = "query=last_over_time(orders[1h])&time=";
  expect((await json(`${again}/api/v1/query?${query}${now / 1000 + 1}`)).data.result[0].value[1]).toBe("42");
  expect((await json(`${again}/api/v1/query?query=count_over_time(orders[1h])&time=${now / 1000 + 1}`)).data.result[0].value[1]).toBe("2");
  expect(await monitoring("restore", "kept", "--prometheus-data", "restored")).toMatchObject({ code: 2, text: expect.stringContaining("restored is not empty; stop Prometheus") });
}, 120_000);

test("from containers: docker compose is asked for the snapshot and for Grafana's database", async () => {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  // Stands in for docker: notes what it is asked, and copies what is on this machine.
  writeFileSync(join(bin, "docker"), `#!/bin/sh\necho "$*" >> ${folder}/docker.log\n[ "$4" = cp ] || exit 0\ncase "$5" in grafana:*) echo db > "$6";; prometheus:*) cp -r "\${5#prometheus:}" "$6";; esac\n`);
  chmodSync(join(bin, "docker"), 0o755);
  const env = { PATH: `${bin}:${process.env["PATH"]}` };
  expect(await monitoringIn(env, "backup", "contained", "--prometheus", prometheus, "--alertmanager", alertmanager, "--compose", "c.yml")).toMatchObject({ code: 0, text: expect.stringContaining("Grafana's database") });
  expect(await monitoringIn(env, "restore", "contained", "--compose", "c.yml")).toMatchObject({ code: 0, text: "Grafana: database put back, restarted\n" });
  const asked = readFileSync(join(folder, "docker.log"), "utf8");
  expect(asked).toMatch(/^compose --file c\.yml cp prometheus:.*\/snapshots\/\S+ .*\/contained\.partial\/prometheus\ncompose --file c\.yml exec -T prometheus rm -r .*\/snapshots\/\S+\ncompose --file c\.yml cp grafana:\/var\/lib\/grafana\/grafana\.db .*\n/);
  expect(asked).toMatch(/cp \S*grafana\/grafana\.db grafana:\/var\/lib\/grafana\/grafana\.db\ncompose --file c\.yml restart grafana\n$/);
});

test("backup and restore say what is missing", async () => {
  expect(await monitoring("backup", "no", "--prometheus", "http://127.0.0.1:1", "--alertmanager", alertmanager)).toMatchObject({ code: 2, text: expect.stringMatching(/Prometheus at http:\/\/127\.0\.0\.1:1 does not answer .*--prometheus/) });
  const closed = await startPrometheus("closed", []);
  expect(await monitoring("backup", "no", "--prometheus", closed, "--alertmanager", alertmanager)).toMatchObject({ code: 2, text: expect.stringContaining("--web.enable-admin-api") });
  expect(await monitoring("restore", ".", "--alertmanager", alertmanager)).toMatchObject({ code: 2, text: expect.stringContaining("is no backup") });
  // One part that cannot be put back leaves the others alone.
  for (const [args, words] of [[["--alertmanager", "http://127.0.0.1:1"], "does not answer"], [["--compose", "c.yml"], "kept holds no database of Grafana"]] as const) {
    expect(await monitoring("restore", "kept", "--prometheus-data", "untouched", ...args)).toMatchObject({ code: 2, text: expect.stringContaining(words) });
    expect(existsSync(join(folder, "untouched"))).toBe(false);
  }
  expect(await monitoring("restore", "kept")).toMatchObject({ code: 2, text: expect.stringContaining("say where to: --prometheus-data") });
});

const monitoring = async (...args: string[]) => await monitoringIn({}, ...args);

async function monitoringIn(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number; text: string }> {
  return await new Promise((done) => {
    execFile(process.execPath, [join(root, "src/main.ts"), ...args], { cwd: folder, env: { ...process.env, ...env } }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, text: stdout + stderr }));
  });
}

async function startPrometheus(data: string, flags = ["--web.enable-admin-api"]): Promise<string> {
  return await start("prometheus", ["--config.file=prometheus.yml", `--storage.tsdb.path=${join(folder, data)}`, "--web.enable-otlp-receiver", ...flags]);
}

async function startAlertmanager(data: string): Promise<string> {
  return await start("alertmanager", ["--config.file=alertmanager.yml", `--storage.path=${data}`, "--cluster.listen-address="]);
}

async function start(program: "prometheus" | "alertmanager", args: string[]): Promise<string> {
  const { url, stop } = await startLocalServer(program, args, folder);
  stops.push(stop);
  return url;
}

/** One sample of `orders`, by OTLP. */
async function push(url: string, ms: number, value: number): Promise<void> {
  const dataPoints = [{ timeUnixNano: `${ms}000000`, asDouble: value }];
  await post(`${url}/api/v1/otlp/v1/metrics`, { resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: {}, metrics: [{ name: "orders", gauge: { dataPoints } }] }] }] });
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  expect(answer.ok, await answer.text()).toBe(true);
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests say with their expectations what it holds
async function json(url: string): Promise<any> {
  return await (await fetch(url)).json();
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await condition().catch(() => false)); await new Promise((done) => setTimeout(done, 50))) if (Date.now() > end) throw new Error("not in time");
}
