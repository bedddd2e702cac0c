// Prometheus away for 30 s and the Collector killed with -9 under load: what was acknowledged arrives, counted by id.
import { cp, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { httpSink, type HttpSink } from "../fakes/http-sink.ts";
import { eventually } from "../support/eventually.ts";
import { keepDown, killOnce } from "../support/keep-down.ts";
import { exceptionRequest, gaugeRequest, send, spanRequest } from "../support/otlp.ts";
import { type OwnStack, repository, startStack } from "../support/stack.ts";

/** What the Collector acknowledged, by id. */
interface Acknowledged {
  spans: Set<string>;
  exceptions: Set<string>;
  samples: Set<string>;
}

/** Sends spans, exceptions and samples until `stop`; a sample is its own series' value, so each can be counted. */
function load(stack: OwnStack): { acknowledged: Acknowledged; stop: () => Promise<void> } {
  const acknowledged: Acknowledged = { spans: new Set(), exceptions: new Set(), samples: new Set() };
  const end = new AbortController();
  const loop = async (): Promise<void> => {
    for (let id = 1; !end.signal.aborted; id += 1) {
      const collector = stack.url("otlp-http");
      const at_ms = Date.now();
      const [span, exception, sample] = await Promise.all([
        send(collector, "traces", spanRequest("load", `span-${id}`, { "story.id": `span-${id}` })),
        send(collector, "logs", exceptionRequest("load", "LoadError", `exception-${id}`)),
        send(collector, "metrics", gaugeRequest("load", "one", "story.sample", id, at_ms)),
      ]);
      if (span) acknowledged.spans.add(`span-${id}`);
      if (exception) acknowledged.exceptions.add(`exception-${id}`);
      if (sample) acknowledged.samples.add(String(id));
      await new Promise((resume) => setTimeout(resume, 25));
    }
  };
  const done = loop();
  return {
    acknowledged,
    stop: async () => {
      end.abort();
      await done;
    },
  };
}

const missing = (wanted: Set<string>, got: Set<string>): string[] => [...wanted].filter((id) => !got.has(id));

function idsAt(sink: HttpSink, pattern: RegExp): Set<string> {
  return new Set(sink.received.flatMap(({ body }) => [...body.matchAll(pattern)].map(([id]) => id)));
}

test("nothing acknowledged is lost: Prometheus away for 30 s, Sentry answering 503, the Collector killed with -9 three times; a further vendor is one more file", async () => {
  const sentry = await httpSink();
  const vendor = await httpSink();
  const config = await mkdtemp(join(tmpdir(), "helloagents-config-"));
  await cp(join(repository, "otel-collector/config"), config, { recursive: true });
  await rename(join(config, "to-example.yaml.off"), join(config, "to-example.yaml"));
  const stack = await startStack({
    args: ["--only", "collector,prometheus,sentry-bridge,console", "--collector-config", config],
    env: { SENTRY_DSN: `http://public@127.0.0.1:${sentry.port}/1`, EXAMPLE_OTLP_ENDPOINT: vendor.url },
  });
  try {
    const traffic = load(stack);
    await eventually("a first acknowledged second of load", async () => traffic.acknowledged.samples.size > 20);
    sentry.answer = 503;
    const outage = keepDown(stack, "prometheus", AbortSignal.timeout(30_000));
    for (let kill = 0; kill < 3; kill += 1) {
      await killOnce(stack, "collector");
      const before = traffic.acknowledged.spans.size;
      await eventually("more acknowledged load", async () => traffic.acknowledged.spans.size > before + 20);
    }
    await outage;
    sentry.answer = 200;
    await eventually("enough load", async () => traffic.acknowledged.samples.size > 100);
    await traffic.stop();
    const { spans, exceptions, samples } = traffic.acknowledged;

    await arrival(stack, "spans at the further vendor", spans, async () => idsAt(vendor, /span-\d+/g));
    await arrival(stack, "exceptions at Sentry", exceptions, async () => idsAt(sentry, /exception-\d+/g));
    await arrival(stack, "samples in Prometheus", samples, async () => await rawValues(stack));
  } finally {
    await stack.stop();
    await Promise.all([sentry.close(), vendor.close(), rm(config, { recursive: true, force: true })]);
  }
}, 600_000);

/** Waits until all that was acknowledged is there; says what is not, and what the Collector said. */
async function arrival(stack: OwnStack, what: string, wanted: Set<string>, got: () => Promise<Set<string>>): Promise<void> {
  let lost: string[] = [...wanted];
  await eventually(`all ${what}`, async () => (lost = missing(wanted, await got())).length === 0, 150_000).catch(async (error: unknown) => {
    const log = await readFile(join(stack.data, "logs/collector.log"), "utf8");
    throw new Error(`${lost.length} of ${wanted.size} ${what} are missing: ${lost.slice(0, 20).join(", ")}\n${stack.output().slice(-4_000)}\n${log.slice(-20_000)}`, { cause: error });
  });
}

/** Every stored raw sample value of the story's series. */
async function rawValues(stack: OwnStack): Promise<Set<string>> {
  const answer = await fetch(stack.url("prometheus", `/api/v1/query?query=${encodeURIComponent("story_sample[1h]")}`));
  const parsed = (await answer.json()) as { data: { result: { values: [number, string][] }[] } };
  return new Set(parsed.data.result.flatMap(({ values }) => values.map(([, value]) => value)));
}
