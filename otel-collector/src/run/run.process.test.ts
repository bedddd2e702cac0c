import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { collectorBinary } from "../test-support/collector.ts";
import { post, span, tracesBody } from "../test-support/otlp.ts";
import { endRuns, isAlive, pipeline, type PipelineRun, startRun } from "../test-support/pipeline-run.ts";
import { closeSinks, spansOf, startSink } from "../test-support/sink.ts";
import { until } from "../test-support/until.ts";
import { readState } from "./run-folder.ts";

afterEach(async () => {
  await endRuns();
  await closeSinks();
});

const serves = (run: PipelineRun): Promise<boolean> => until("it takes spans", async () => (await post(run.url, "traces", tracesBody([span("probe")])).catch(() => 0)) === 200);

describe("the Collector ends with its parent, however that ends", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s", async (signal) => {
    const run = await startRun(await startSink());
    const pid = run.collectorPid();
    run.child.kill(signal);
    expect(await run.ended).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(readdirSync(join(run.folder, "run")).sort()).toEqual(["1", "good"]);
  });

  test("SIGKILL; and a new one takes over the folder and the queue", async () => {
    const sink = await startSink();
    const run = await startRun(sink);
    await serves(run);
    const pid = run.collectorPid();
    run.child.kill("SIGKILL");
    await run.ended;
    await until("no orphan is left", () => !isAlive(pid));
    const again = run.pipeline("run", run.file);
    await serves(run);
    await terminate(run);
    expect((await again).code).toBe(0);
  });
});

/** Ends a `pipeline run` that was not started by `startRun`. Until it has written its state, that of one that was killed may stand there. */
async function terminate(run: PipelineRun): Promise<void> {
  const pid = await until("its state", () => [readState(join(run.folder, "run"))?.pid].find((written) => written !== undefined && isAlive(written)));
  process.kill(pid, "SIGTERM");
}

test("a Collector that was killed is started again with what it ran with, not with a half-made edit", async () => {
  const sink = await startSink();
  const run = await startRun(sink);
  const pid = run.collectorPid();
  run.edit("receivers:", "receivers: [");
  process.kill(pid, "SIGKILL");
  await until("another Collector", () => run.output().includes("is started again") && run.collectorPid() !== pid);
  await serves(run);
  expect(await until("spans arrive", () => spansOf(sink)[0]?.name)).toBe("probe");
});

/** The id of the running Collector, when it is another one than `last`. */
function nextCollector(run: PipelineRun, last: number): number | undefined {
  try {
    const pid = run.collectorPid();
    return pid !== last && isAlive(pid) ? pid : undefined;
  } catch {
    // `pipeline run` takes its state away when it ends.
    return undefined;
  }
}

test("one that crashes again and again is given up, with its last words", async () => {
  const run = await startRun(await startSink());
  for (let last = 0; ; ) {
    const next = await until("the next Collector, or the end", () => nextCollector(run, last) ?? (run.child.exitCode === null ? undefined : "over"));
    if (next === "over") break;
    last = next;
    process.kill(last, "SIGKILL");
    await until("it is gone", () => !isAlive(last));
  }
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain("ended 5 times in a row (SIGKILL)");
});

test("one that logs errors only is ready when its health check answers", async () => {
  const run = await startRun(await startSink(), { change: (text) => text.replace("telemetry: {", "telemetry: { logs: { level: error },") });
  expect(run.output()).not.toContain("Everything is ready");
  await serves(run);
});

const oneLine = (text: string): string[] => text.trim().split("\n");

describe("what cannot run is one line and exit code 2, and nothing is left", () => {
  test("a second one on the same folder; the first goes on", async () => {
    const run = await startRun(await startSink());
    const second = await run.pipeline("run", run.file);
    expect(second.code).toBe(2);
    expect(oneLine(second.stderr)).toEqual([expect.stringContaining("another `pipeline run` uses this run folder")]);
    await serves(run);
  });

  test("a port that is taken", async () => {
    const run = await startRun(await startSink());
    const other = { ...run.env, PIPELINE_RUN_DIR: join(run.folder, "other"), QUEUE: join(run.folder, "other-queue") };
    const { code, stderr } = await pipeline(other, run.folder, "run", run.file);
    expect(code).toBe(2);
    expect(oneLine(stderr).at(-1)).toMatch(/^The Collector does not start: .*address already in use\. Something else uses that port/);
    expect(readdirSync(join(run.folder, "other"))).not.toContain("run.json");
  });

  test.each([
    ["a binary that is no Collector", "service: {}", ["--collector", process.execPath], "no OpenTelemetry Collector"],
    ["a binary that is not there", "service: {}", ["--collector", "/nowhere/otelcol"], "no program that can be run"],
    ["an empty file", "", [], "No pipeline in service.pipelines"],
    ["broken YAML", "receivers: [\n", [], "file.yaml:2:1: "],
    ["a configuration that does not start", "receivers: {otlp: {protocols: {http: {endpoint: '203.0.113.7:1'}}}}\nexporters: {debug: {}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}\n", [], "cannot assign requested address"],
  ])("%s", async (_what, text, args, message) => {
    const folder = mkdtempSync(join(tmpdir(), "pipeline-bad-"));
    try {
      writeFileSync(join(folder, "file.yaml"), text);
      const env = { PATH: process.env["PATH"] ?? "", OTELCOL_BIN: collectorBinary(), PIPELINE_RUN_DIR: join(folder, "run"), TMPDIR: folder };
      const { code, stderr } = await pipeline(env, folder, "run", "file.yaml", ...args);
      expect(code).toBe(2);
      expect(oneLine(stderr).at(-1)).toContain(message);
      mkdirSync(join(folder, "run"), { recursive: true });
      expect(readdirSync(join(folder, "run")).filter((name) => /json|sock/.test(name))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(["reload", "tap"])("%s without a run", async (command) => {
    const { code, stderr } = await pipeline({ PATH: process.env["PATH"] ?? "", PIPELINE_RUN_DIR: "/nowhere/run" }, tmpdir(), command);
    expect(code).toBe(2);
    expect(oneLine(stderr)).toEqual([expect.stringContaining("No `pipeline run` is running in /nowhere/run.")]);
  });
});

test("a run folder whose path is too long for a socket works as well, and leaves nothing elsewhere", async () => {
  const run = await startRun(await startSink(), { args: ["--run-dir", `${"long-name/".repeat(15)}run`] });
  const own = { ...run.env, PIPELINE_RUN_DIR: `${"long-name/".repeat(15)}run` };
  expect((await pipeline(own, run.folder, "reload")).stdout).toContain("nothing to do");
  run.child.kill("SIGKILL");
  await run.ended;
  await until("its socket is gone", () => !readdirSync(run.folder).some((name) => name.startsWith("pipeline-run-")));
  expect(await pipeline(own, run.folder, "reload")).toMatchObject({ code: 2, stderr: expect.stringContaining("No `pipeline run` is running") });
});

test("--resume: files that do not start leave the last good ones serving; without it that is an error", async () => {
  const run = await startRun(await startSink());
  run.child.kill("SIGTERM");
  await run.ended;
  run.edit("limit_mib: 128", "limit_mb: 128");
  expect((await run.pipeline("run", run.file)).code).toBe(2);
  const resumed = pipeline(run.env, run.folder, "run", run.file, "--resume");
  await serves(run);
  await terminate(run);
  const { code, stderr } = await resumed;
  expect(code).toBe(0);
  expect(stderr).toMatch(/limit_mb.*It is started with what served last/);
});
