import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { collectorBinary } from "../test-support/collector.ts";
import { post, span, tracesBody } from "../test-support/otlp.ts";
import { endRuns, type PipelineRun, startRun } from "../test-support/pipeline-run.ts";
import { attribute, closeSinks, type Sink, spansOf, startSink } from "../test-support/sink.ts";
import { until } from "../test-support/until.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

afterEach(async () => {
  await endRuns();
  await closeSinks();
});

/** Sends spans with ids one after the other, each again until it is taken, as an SDK does. */
function constantTraffic(run: PipelineRun): { sent: string[]; stop(): Promise<void> } {
  const sent: string[] = [];
  const over = new AbortController();
  const work = (async () => {
    while (!over.signal.aborted) {
      const id = `span-${sent.length}`;
      while ((await post(run.url, "traces", tracesBody([span(id)])).catch(() => 0)) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
      sent.push(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    sent,
    stop: () => {
      over.abort();
      return work;
    },
  };
}

const missing = (sink: Sink, sent: string[]): string[] => {
  const arrived = new Set(spansOf(sink).map(({ name }) => name));
  return sent.filter((id) => !arrived.has(id));
};

async function withTraffic<T>(run: PipelineRun, work: () => Promise<T>): Promise<{ result: T; sent: string[] }> {
  const traffic = constantTraffic(run);
  await until("traffic", () => traffic.sent.length > 5);
  const result = await work();
  const before = traffic.sent.length;
  await until("traffic goes on", () => traffic.sent.length > before + 5);
  await traffic.stop();
  return { result, sent: traffic.sent };
}

/** An edit that is seen at the sink. */
const addMark = (run: PipelineRun): void => {
  run.edit("processors:\n", `processors:\n  attributes/mark: { actions: [{ key: marked, value: "yes", action: upsert }] }\n`);
  run.edit("[memory_limiter]", "[memory_limiter, attributes/mark]");
};
const isMarked = (sink: Sink): boolean => attribute(spansOf(sink).at(-1)?.attributes, "marked") === "yes";

test("a good edit comes into force, and no span is lost", async () => {
  const sink = await startSink();
  const run = await startRun(sink);
  const { result, sent } = await withTraffic(run, () => {
    addMark(run);
    return run.pipeline("reload", "--watch", "2");
  });
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toContain("Done; the Collector runs with the new files.");
  await until("every span has arrived", () => missing(sink, sent).length === 0);
  expect(isMarked(sink)).toBe(true);
  expect(readFileSync(join(run.folder, "run/good/00-config.yaml"), "utf8")).toContain("attributes/mark");
  // The same again is nothing to do.
  expect((await run.pipeline("reload")).stdout).toContain("nothing to do");
});

/** Reloads an edit under traffic; whatever comes of it, no span is lost and the last good files stay what they were. */
async function bad(edit: (run: PipelineRun) => void): Promise<{ code: number | null; stdout: string; run: PipelineRun }> {
  const sink = await startSink();
  const run = await startRun(sink);
  const { result, sent } = await withTraffic(run, () => {
    edit(run);
    return run.pipeline("reload", "--watch", "3");
  });
  await until("every span has arrived", () => missing(sink, sent).length === 0);
  expect(readFileSync(join(run.folder, "run/good/00-config.yaml"), "utf8")).not.toContain("bad");
  expect(readdirSync(join(run.folder, "run")).filter((name) => /^\d+$/.test(name))).toHaveLength(1);
  return { ...result, run };
}

describe("a bad edit leaves the old pipeline serving, says why, and loses no span", () => {
  test("a fault that check finds", async () => {
    const { code, stdout, run } = await bad((each) => each.edit("limit_mib", "limit_bad"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/config\.yaml:\d+:\d+ {2}validate/);
    expect(stdout).toContain("Nothing has been changed");
    expect(run.output()).not.toContain("Taken back");
  });

  test("one that only a start shows: the trial finds it", async () => {
    const { code, stdout } = await bad((run) => run.edit("    encoding: json", "    tls: { ca_file: /nowhere/bad.pem }\n    encoding: json"));
    expect(code).toBe(1);
    expect(stdout).toContain("/nowhere/bad.pem: no such file");
    expect(stdout).toContain("Nothing has been changed");
  });

  test("one that only the real start shows: it is taken back", async () => {
    // Free in the network of the trial, but not here.
    const taken = (await startSink()).url.replace("http://", "");
    const { code, stdout } = await bad((run) => {
      run.edit("processors:\n  memory", `  otlp/bad: { protocols: { http: { endpoint: "${taken}" } } }\nprocessors:\n  memory`);
      run.edit("receivers: [otlp]", "receivers: [otlp, otlp/bad]");
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/Taken back; the Collector runs with what it had\. It did not start with the new files: .*address already in use/);
  });

  test("one that starts, but sends to where nobody is: it is taken back, and what could not be sent goes out", async () => {
    const { code, stdout, run } = await bad((each) => each.edit(/http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(each.file, "utf8"))?.[0] ?? "", "http://127.0.0.1:9/bad"));
    expect(code).toBe(1);
    expect(stdout).toMatch(/Taken back; the Collector runs with what it had\. With the new files: otlp_http\/vendor fails with all traces it sends: .*connection refused/);
    expect(run.output()).toContain("pipeline: reload: Taken back");
  });

  test("a test case that fails", async () => {
    const sink = await startSink();
    const run = await startRun(sink, { args: ["--cases", "."] });
    writeFileSync(join(run.folder, "vendor.test.yaml"), "cases:\n  - name: spans reach the vendor unmarked\n    given: { spans: [{ name: work }] }\n    expect: { otlp_http/vendor: { count: 1, absent: [marked] } }\n");
    addMark(run);
    const { code, stdout } = await run.pipeline("reload");
    expect(code).toBe(1);
    expect(stdout).toContain("✗ spans reach the vendor unmarked");
    expect(stdout).toContain("Nothing has been changed");
  });
});

test("two reloads at once start the Collector once", async () => {
  const run = await startRun(await startSink());
  addMark(run);
  const [first, second] = await Promise.all([run.pipeline("reload", "--watch", "1"), run.pipeline("reload", "--watch", "1")]);
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(run.output().split("pipeline: reload: Done")).toHaveLength(2);
});

test("one who breaks off a reload before the start has changed nothing; afterwards it goes on to its end", async () => {
  // Its `validate` waits as long as there is a file `hold`: the first reload cannot get further than to the check.
  const collector = join(mkdtempSync(join(tmpdir(), "pipeline-slow-")), "otelcol");
  const hold = join(dirname(collector), "hold");
  writeFileSync(collector, `#!/bin/sh\nif [ "$1" = validate ]; then while [ -e ${hold} ]; do sleep 0.05; done; fi\nexec ${collectorBinary()} "$@"\n`, { mode: 0o755 });
  writeFileSync(hold, "");
  try {
    const run = await startRun(await startSink(), { args: ["--collector", collector] });
    addMark(run);
    const reload = (): ChildProcess => spawn(process.execPath, [MAIN, "reload", "--watch", "2"], { cwd: run.folder, env: run.env, stdio: ["ignore", "pipe", "inherit"] });
    await killOnce(reload(), "- check");
    rmSync(hold);
    await killOnce(reload(), "- watch");
    await until("the second is done", () => run.output().includes("pipeline: reload: Done"));
    expect(run.output().split("Everything is ready")).toHaveLength(3);
  } finally {
    rmSync(dirname(collector), { recursive: true });
  }
});

/** Kills a command when it has printed this; resolves when it is gone. */
async function killOnce(child: ChildProcess, text: string): Promise<void> {
  const gone = once(child, "close");
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(text)) child.kill("SIGKILL");
  });
  await gone;
  expect(output).toContain(text);
}

test.each(["info", "error"])("a destination that was down before does not keep an edit from coming into force (log level %s)", async (level) => {
  const sink = await startSink();
  const run = await startRun(sink, { change: (text) => text.replace("telemetry: {", `telemetry: { logs: { level: ${level} },`) });
  await post(run.url, "traces", tracesBody([span("works")]));
  await until("it works", () => spansOf(sink).length > 0);
  await sink.close();
  await post(run.url, "traces", tracesBody([span("waits")]));
  await until("it is failing", () => level === "error" || run.output().includes("Exporting failed"));
  addMark(run);
  const { code, stdout } = await run.pipeline("reload", "--watch", "3");
  expect(stdout).toContain("Done; the Collector runs with the new files.");
  expect(stdout.includes("Failing as before: otlp_http/vendor traces.")).toBe(level === "info");
  expect(code).toBe(0);
  await sink.open();
  await until("what waited has arrived", () => spansOf(sink).some(({ name }) => name === "waits"), 60_000);
});

test("what a destination refuses for good ends the watch at once", async () => {
  const sink = await startSink();
  const refusing = await startSink();
  refusing.answer = 404;
  const run = await startRun(sink);
  const { result } = await withTraffic(run, () => {
    run.edit(sink.url, refusing.url);
    return run.pipeline("reload", "--watch", "600");
  });
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/otlp_http\/vendor fails with all traces it sends: .*404.* items were refused for good\./);
});
