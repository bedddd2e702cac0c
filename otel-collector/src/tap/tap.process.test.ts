import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { attributes, post, span, tracesBody } from "../test-support/otlp.ts";
import { endRuns, type PipelineRun, startRun } from "../test-support/pipeline-run.ts";
import { closeSinks, type Sink, spansOf, startSink } from "../test-support/sink.ts";
import { until } from "../test-support/until.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

afterEach(async () => {
  await endRuns();
  await closeSinks();
});

/** Sends spans until `over`, each again until it is taken; odd ones have the attribute kind=odd. Resolves with their names. */
async function traffic(run: PipelineRun, over: Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const ended = new AbortController();
  void over.finally(() => ended.abort());
  while (!ended.signal.aborted) {
    const name = `span-${sent.length}`;
    const body = tracesBody([span(name, { attributes: attributes({ kind: sent.length % 2 === 1 ? "odd" : "even", password: "canary" }) })]);
    while ((await post(run.url, "traces", body).catch(() => 0)) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    sent.push(name);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return sent;
}

const allArrive = (sink: Sink, sent: string[]): Promise<boolean> =>
  until("every span has arrived", () => {
    const names = new Set(spansOf(sink).map(({ name }) => name));
    return sent.every((name) => names.has(name));
  });

const MASKING = (text: string): string =>
  text.replace("processors:\n", "processors:\n  redaction: { allow_all_keys: true, blocked_key_patterns: [password] }\n  attributes/late: { actions: [{ key: late, value: \"yes\", action: insert }] }\n").replace("[memory_limiter]", "[memory_limiter, redaction, attributes/late]");

test("an exporter's items are shown as it gets them, filtered and counted; nothing is lost, and nothing of the tap is left", async () => {
  const sink = await startSink();
  const run = await startRun(sink, { change: MASKING });
  const before = readFileSync(run.file, "utf8");
  const tapped = run.pipeline("tap", "otlp_http/vendor", "--filter", "kind=odd", "--filter", "name=/^span-/", "--count", "3", "--json");
  const sent = await traffic(run, tapped);
  const { code, stdout, stderr } = await tapped;
  const items = stdout.trim().split("\n").map((line) => JSON.parse(line) as { at: string; name: string; attributes: Record<string, unknown> });
  expect(items).toHaveLength(3);
  for (const item of items) expect(item).toMatchObject({ at: "otlp_http/vendor", attributes: { kind: "odd", late: "yes" } });
  expect(stdout).not.toContain("canary");
  expect(stderr).not.toContain("Take care");
  expect(code).toBe(0);
  await allArrive(sink, sent);
  expect(readFileSync(run.file, "utf8")).toBe(before);
  expect(existsSync(join(run.folder, "run/overlay.yaml"))).toBe(false);
  expect((await fetch(metricsOf(run)).then((response) => response.text()))).not.toContain("pipeline_tap");
});

const metricsOf = (run: PipelineRun): string => `http://127.0.0.1:${/prometheus: \{ host: 127\.0\.0\.1, port: (\d+)/.exec(readFileSync(run.file, "utf8"))?.[1]}/metrics`;

test("a stage in the middle shows what leaves it; before redaction there is a warning", async () => {
  const sink = await startSink();
  const run = await startRun(sink, { change: MASKING });
  const look = async (stage: string): Promise<{ stdout: string; stderr: string }> => {
    const tapped = run.pipeline("tap", stage, "--count", "2");
    await allArrive(sink, await traffic(run, tapped));
    return await tapped;
  };
  const masked = await look("redaction");
  expect(masked.stdout).toMatch(/^redaction in traces {2}span "span-\d+"/);
  expect(masked.stdout).not.toContain("late=");
  expect(masked.stdout).not.toContain("canary");
  expect(masked.stderr).not.toContain("Take care");
  const open = await look("memory_limiter");
  expect(open.stdout).toContain("password=canary");
  expect(open.stderr).toContain("Take care: nothing has been masked there yet");
});

test("a tap that is killed is taken away, and one lasts no longer than it said", async () => {
  const sink = await startSink();
  const run = await startRun(sink);
  const tapped = spawn(process.execPath, [MAIN, "tap"], { cwd: run.folder, env: run.env, stdio: "ignore" });
  const killed = (async () => {
    await until("the tap is in force", () => run.output().includes("tap: every exporter"));
    tapped.kill("SIGKILL");
    await until("it is taken away", () => run.output().includes("tap: ended (the one who asked is gone)"));
  })();
  const sent = await traffic(run, killed);
  await killed;
  const short = run.pipeline("tap", "otlp", "--for", "1");
  sent.push(...(await traffic(run, short)));
  expect(await short).toMatchObject({ code: 0, stderr: expect.stringContaining("Ended: its time is over.") });
  await allArrive(sink, sent);
});

test("of many items at once only some are shown, and how many were not is said", async () => {
  const sink = await startSink();
  const run = await startRun(sink);
  const tap = spawn(process.execPath, [MAIN, "tap", "otlp_http/vendor"], { cwd: run.folder, env: run.env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(tap, "close");
  let printed = "";
  for (const stream of [tap.stdout, tap.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const shown = (): number => printed.split("\n").filter((line) => line.includes("many-")).length;
  const hidden = (): number => [...printed.matchAll(/\.\.\. (\d+) more in this second/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  await until("the tap is in force", () => printed.includes("Looking at "));
  const names = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
  await until("they are taken", async () => (await post(run.url, "traces", tracesBody(names.map((name) => span(name)))).catch(() => 0)) === 200);
  await until("each is shown or counted", () => shown() + hidden() === 1_000);
  tap.kill("SIGINT");
  await gone;
  expect(shown()).toBeGreaterThan(0);
  expect(hidden()).toBeGreaterThan(500);
  await allArrive(sink, names);
});

test("a reload ends a tap; a Collector that crashes comes back without it", async () => {
  const run = await startRun(await startSink());
  const first = run.pipeline("tap");
  await until("the tap is in force", () => run.output().includes("tap: every exporter"));
  run.edit("limit_mib: 128", "limit_mib: 129");
  expect((await run.pipeline("reload", "--watch", "1")).code).toBe(0);
  expect((await first).stderr).toContain("Ended: a reload.");

  const second = run.pipeline("tap");
  await until("the tap is in force again", () => run.output().split("tap: every exporter").length === 3);
  const pid = run.collectorPid();
  process.kill(pid, "SIGKILL");
  expect((await second).stderr).toContain("Ended: the Collector ended.");
  await until("another Collector, without the tap", async () => run.collectorPid() !== pid && (await post(run.url, "traces", tracesBody([span("x")])).catch(() => 0)) === 200);
  expect(existsSync(join(run.folder, "run/overlay.yaml"))).toBe(false);
});

test("bad input is one line and exit code 2, and the Collector goes on untouched", async () => {
  const run = await startRun(await startSink());
  const pid = run.collectorPid();
  for (const [args, message] of [
    [["otlp_http/vendr"], 'Did you mean "otlp_http/vendor"?'],
    [["--filter", "a=/(/"], "no regular expression"],
    [["--count", "none"], "--count none: give a whole number"],
    [["--for", "99999"], "--for 99999: give a whole number from 1 to 3600"],
  ] as const) {
    const { code, stdout, stderr } = await run.pipeline("tap", ...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(message)]);
  }
  expect(run.collectorPid()).toBe(pid);
});
