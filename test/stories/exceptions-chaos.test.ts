// Sentry away, Sentry failing every tenth time, the bridge killed with -9 twice, all under load from two services: by event id nothing is
// lost and nothing is there twice. The outage lasts 60 s; CHAOS_OUTAGE_SECONDS makes it shorter or longer.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { startSentry } from "../fakes/sentry.ts";
import { eventually } from "../support/eventually.ts";
import { killOnce } from "../support/keep-down.ts";
import { send } from "../support/otlp.ts";
import { type OwnStack, startStack } from "../support/stack.ts";

const OUTAGE_MS = Number(process.env["CHAOS_OUTAGE_SECONDS"] ?? 60) * 1000;

const attributes = (values: Record<string, string>): unknown[] => Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));

/** One exception in both of OpenTelemetry's shapes: a log record, and an event of the span it was thrown in. */
function exception(service: string, message: string): { logs: unknown; traces: unknown } {
  const [traceId, spanId, nanos] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex"), `${Date.now()}000000`];
  const resource = { attributes: attributes({ "service.name": service, "service.version": "1.0.0", "telemetry.sdk.language": "nodejs" }) };
  const described = attributes({
    "exception.type": "ChaosError",
    "exception.message": message,
    "exception.stacktrace": `ChaosError: ${message}\n    at pay (/srv/${service}/orders.js:12:7)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`,
  });
  const record = { timeUnixNano: nanos, severityNumber: 17, eventName: "exception", traceId, spanId, attributes: described };
  const span = { traceId, spanId, name: "POST /pay", kind: 2, startTimeUnixNano: nanos, endTimeUnixNano: nanos, events: [{ timeUnixNano: nanos, name: "exception", attributes: described }], status: { code: 2 } };
  return {
    logs: { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "chaos" }, logRecords: [record] }] }] },
    traces: { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "chaos" }, spans: [span] }] }] },
  };
}

/** Both services throw until `stop`; what the Collector acknowledged in either shape must become one event. */
function load(stack: OwnStack): { acknowledged: Set<string>; stop: () => Promise<void> } {
  const acknowledged = new Set<string>();
  const end = new AbortController();
  const throwing = async (service: string): Promise<void> => {
    for (let n = 1; !end.signal.aborted; n += 1) {
      const message = `${service} ${n}`;
      const { logs, traces } = exception(service, message);
      const collector = stack.url("otlp-http");
      // Every third is recorded in both shapes.
      const sent = await Promise.all([send(collector, "logs", logs), ...(n % 3 === 0 ? [send(collector, "traces", traces)] : [])]);
      if (sent.some(Boolean)) acknowledged.add(message);
      await new Promise((resume) => setTimeout(resume, 40));
    }
  };
  const done = Promise.all(["shop", "billing"].map(throwing));
  return {
    acknowledged,
    stop: async () => {
      end.abort();
      await done;
    },
  };
}

test("two services under load, Sentry away and unwell, the bridge killed with -9 twice: every exception is one event", async () => {
  const sentry = await startSentry();
  const stack = await startStack({ args: ["--only", "collector,sentry-bridge"], env: { SENTRY_DSN: sentry.dsn, VITE_SENTRY_DSN: "" } });
  try {
    const traffic = load(stack);
    sentry.failEvery(10);
    await eventually("first events", async () => sentry.events.size > 40);

    await sentry.down();
    const outage = new Promise((resume) => setTimeout(resume, OUTAGE_MS));
    const before = traffic.acknowledged.size;
    await eventually("load during the outage", async () => traffic.acknowledged.size > before + 40);
    await killOnce(stack, "sentry-bridge");
    await outage;
    const during = sentry.events.size;
    await sentry.up();

    // With the backlog of the outage under way.
    await eventually("the backlog begins to arrive", async () => sentry.events.size > during + 40, 120_000);
    await killOnce(stack, "sentry-bridge");
    // Until the story has happened: there was load all the time, answers failed, and envelopes came again.
    await eventually("300 exceptions, 11 answers of 503 and a repeat", async () => traffic.acknowledged.size > 300 && (sentry.answers.get(503) ?? 0) > 10 && sentry.repeats() > 0, 180_000);
    await traffic.stop();

    const arrived = (): Set<string> => new Set(sentry.events.values());
    await eventually("an event of every exception", async () => {
      const got = arrived();
      return [...traffic.acknowledged].every((message) => got.has(message));
    }, 180_000);
    expect(sentry.events.size).toBe(arrived().size);
    console.log(`${traffic.acknowledged.size} exceptions, ${sentry.events.size} events, ${sentry.repeats()} envelopes came again, ${sentry.answers.get(503)} answers of 503`);
  } finally {
    await stack.stop();
    await sentry.down();
  }
}, 600_000);
