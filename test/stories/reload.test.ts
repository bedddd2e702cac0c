// The pipeline is edited while telemetry flows: a good edit comes into force, bad ones leave the old pipeline serving, and no span is lost.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { httpSink, type HttpSink } from "../fakes/http-sink.ts";
import { eventually } from "../support/eventually.ts";
import { send, spanRequest } from "../support/otlp.ts";
import { type OwnService, ownService } from "../support/own-service.ts";
import { type OwnStack, repository, startStack } from "../support/stack.ts";

let folder = "";
let sentry: HttpSink;
let stack: OwnStack;
let service: OwnService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "helloagents-reload-"));
  // Cases and what they read stand beside the configuration, as committed.
  for (const part of ["config", "cases", "fixtures", "cases.schema.json"]) await cp(join(repository, "otel-collector", part), join(folder, part), { recursive: true });
  sentry = await httpSink();
  stack = await startStack({
    args: ["--only", "collector,sentry-bridge,console", "--collector-config", join(folder, "config")],
    env: { SENTRY_DSN: `http://public@127.0.0.1:${sentry.port}/1` },
  });
  service = await ownService({ OTEL_SERVICE_NAME: "shop", OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http") });
});

afterAll(async () => {
  await service?.stop();
  await stack?.stop();
  await sentry?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What an operator types, beside a running `npm start`. */
function pipeline(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, PIPELINE_RUN_DIR: join(stack.data, "run/collector") };
    execFile("npm", ["run", "--silent", "pipeline", "--", ...args], { cwd: repository, env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }));
  });
}

async function edit(file: string, text: string, by: string): Promise<() => Promise<void>> {
  const path = join(folder, "config", file);
  const before = await readFile(path, "utf8");
  expect(before).toContain(text);
  await writeFile(path, before.replace(text, by));
  return () => writeFile(path, before);
}

/** Sends a span again until it is taken, as an SDK does. */
async function otlp(id: string): Promise<void> {
  while (!(await send(stack.url("otlp-http"), "traces", spanRequest("load", id, {})))) await new Promise((resume) => setTimeout(resume, 100));
}

let round = 0;

/** Requests to a service whose SDK sends its spans, and OTLP sent again until it is taken, both with ids, while `work` is done. */
async function underTraffic<T>(work: () => Promise<T>): Promise<{ result: T; missing: () => string[]; sent: string[] }> {
  const prefix = `round${++round}`;
  const sent: string[] = [];
  const over = new AbortController();
  const loop = async (sender: string, one: (id: string) => Promise<unknown>): Promise<void> => {
    for (let number = 1; !over.signal.aborted; number += 1) {
      const id = `${prefix}-${sender}-${number}-`;
      await one(id);
      sent.push(id);
      await new Promise((resume) => setTimeout(resume, 30));
    }
  };
  const done = Promise.all([loop("otlp", otlp), loop("sdk", async (id) => await (await fetch(`${service.url}/orders/${id}`)).arrayBuffer())]);
  await eventually("traffic", async () => sent.length > 20);
  const result = await work();
  const before = sent.length;
  await eventually("traffic goes on", async () => sent.length > before + 20);
  over.abort();
  await done;
  return { result, sent, missing: () => absent(sent) };
}

const absent = (ids: string[]): string[] => {
  const arrived = sentry.received.map(({ body }) => body).join("\n");
  return ids.filter((id) => !arrived.includes(id));
};

const nothingIsMissing = async (missing: () => string[]): Promise<void> => {
  await eventually("every span at the destination", async () => missing().length === 0, 90_000).catch(() => undefined);
  expect(missing()).toEqual([]);
};

test("a good edit comes into force under traffic, and no span is lost", { timeout: 240_000 }, async () => {
  const { result, missing, sent } = await underTraffic(async () => {
    await edit("to-sentry.yaml", '          - set(span.attributes["sentry.release"]', '          - set(span.attributes["story.edited"], "edited-by-story")\n          - set(span.attributes["sentry.release"]');
    return await pipeline("reload");
  });
  expect(result.output).toContain("Done; the Collector runs with the new files.");
  expect(result.code).toBe(0);
  await nothingIsMissing(missing);
  expect(sent.length).toBeGreaterThan(100);
  expect(sentry.received.at(-1)?.body).toContain("edited-by-story");
});

test("edits that cannot start, and one whose exporter fails every send, leave the old pipeline serving, and no span is lost", { timeout: 300_000 }, async () => {
  const { pid } = await stack.part("collector");
  const { result, missing } = await underTraffic(async () => {
    const undo = await edit("base.yaml", "${env:COLLECTOR_HEALTH_PORT:-13133}", "${env:OTLP_HTTP_PORT:-4318}");
    const cannotStart = await pipeline("reload");
    await undo();
    await edit("to-sentry.yaml", "${env:SENTRY_OTLP_TRACES_ENDPOINT:-http://127.0.0.1:3000/api/1/integration/otlp/v1/traces}", "http://127.0.0.1:9/v1/traces");
    return { cannotStart, failsToSend: await pipeline("reload") };
  });
  expect(result.cannotStart.output).toMatch(/boot\n.*address already in use/);
  expect(result.cannotStart.output).toContain("Nothing has been changed");
  expect(result.cannotStart.code).toBe(1);
  expect(result.failsToSend.output).toMatch(/Taken back; the Collector runs with what it had\. With the new files: otlp_http\/sentry fails with all traces it sends/);
  expect(result.failsToSend.code).toBe(1);
  await nothingIsMissing(missing);
  expect(sentry.received.at(-1)?.body).toContain("edited-by-story");
  expect(await stack.part("collector")).toMatchObject({ state: "ready", restarts: 0, pid });
});

test("tap shows what passes the running pipeline, and takes nothing from it", { timeout: 120_000 }, async () => {
  const { result, missing } = await underTraffic(() => pipeline("tap", "otlp_http/sentry", "--filter", "service.name=shop", "--count", "5"));
  expect(result.code).toBe(0);
  expect(result.output).toMatch(/otlp_http\/sentry {2}span "GET \/orders\/:id" {2}server/);
  expect(result.output).toContain("story.edited=edited-by-story");
  expect(result.output).not.toContain("Take care");
  await nothingIsMissing(missing);
});
