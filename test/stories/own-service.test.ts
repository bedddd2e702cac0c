// A user's own service, with nothing but NODE_OPTIONS: what arrives, and that the service never notices us.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";
import { ownService } from "../support/own-service.ts";
import { inbox, json, promql } from "../support/queries.ts";
import { sharedStack } from "../support/shared-stack.ts";
import { startStack } from "../support/stack.ts";

interface SentryEvent {
  release?: string;
  transaction?: string;
  contexts?: { trace?: { trace_id?: string } };
  exception?: { values: { type: string; value: string; stacktrace?: { frames: { function?: string; filename?: string; abs_path?: string; lineno?: number; in_app?: boolean }[] } }[] };
}

/** All Sentry events in the inbox whose exception's message is `message`. */
async function events(stack: ReturnType<typeof sharedStack>, message: string): Promise<SentryEvent[]> {
  const items = await inbox(stack, "sentry");
  return items.map((item) => item.raw as SentryEvent).filter((event) => event.exception?.values.some((value) => value.value === message));
}

test.each(["sync", "async"])("an error thrown in a %s express handler is one issue with function, file, line, release and trace id", async (kind) => {
  const stack = sharedStack();
  const service = await ownService({
    OTEL_SERVICE_NAME: "orders",
    OTEL_RESOURCE_ATTRIBUTES: "service.version=4.2.0",
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http"),
  });
  const id = `${kind}-${process.pid}`;
  try {
    expect((await fetch(`${service.url}/${kind}/${id}`)).status).toBe(500);
    const found = await eventually("the issue", async () => {
      const all = await events(stack, `order ${id} rejected`);
      return all.length > 0 && all;
    });
    expect(found).toHaveLength(1);
    const [event] = found;
    const exception = event?.exception?.values.at(-1);
    expect(exception?.type).toBe("OrderRejected");
    const frame = exception?.stacktrace?.frames.at(-1);
    expect(frame).toMatchObject({ function: "rejectOrder", lineno: 11, in_app: true });
    expect(`${frame?.filename} ${frame?.abs_path}`).toContain("own-service/app.mjs");
    expect(event?.release).toBe("orders@4.2.0");
    expect(event?.transaction).toBe(`GET /${kind}/:id`);
    const traceId = event?.contexts?.trace?.trace_id;
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    await eventually("the trace of the issue", async () => await json(stack.url("console", `/api/traces/${traceId}`)));
  } finally {
    await service.stop();
  }
});

test("metrics of the service arrive under OpenTelemetry's names", async () => {
  const stack = sharedStack();
  const service = await ownService({ OTEL_SERVICE_NAME: "stock", OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http") });
  try {
    for (let index = 0; index < 5; index += 1) await fetch(`${service.url}/orders/${index}`);
    await eventually("request duration by route", async () =>
      (await promql(stack, `http_server_request_duration_seconds_count{job="stock",http_route="/orders/:id",http_request_method="GET",http_response_status_code="200"}`)).some(
        ({ value }) => value === 5,
      ),
    );
    for (const metric of ["process_memory_usage_bytes", "process_memory_limit_bytes", "process_cpu_time_seconds_total", "process_open_file_descriptor_count", "nodejs_eventloop_utilization_ratio"]) {
      await eventually(metric, async () => (await promql(stack, `${metric}{job="stock"} > 0 or ${metric}{job="stock"} == 0`)).length > 0);
    }
  } finally {
    await service.stop();
  }
});

test("a crash is delivered although the process is gone at once, and ends as without us", async () => {
  const stack = sharedStack();
  const service = await ownService({ OTEL_SERVICE_NAME: "crashing", OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http") });
  const id = `crash-${process.pid}`;
  await fetch(`${service.url}/crash/${id}`);
  expect(await service.exited).toBe(1);
  expect(service.output()).toContain(`OrderRejected: order ${id} rejected`);
  await eventually("the issue of the crash", async () => (await events(stack, `order ${id} rejected`)).length === 1);
});

test("services that still speak the Sentry SDK's header stay in the same trace", async () => {
  const stack = sharedStack();
  const service = await ownService({ OTEL_SERVICE_NAME: "gateway", OTEL_PROPAGATORS: "tracecontext,baggage,sentry", OTEL_EXPORTER_OTLP_ENDPOINT: stack.url("otlp-http") });
  const traceId = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e";
  try {
    const target = encodeURIComponent(`${service.url}/orders/7`);
    await fetch(`${service.url}/call?url=${target}`, { headers: { "sentry-trace": `${traceId}-0123456789abcdef-1` } });
    await eventually("three spans in the caller's trace", async () => {
      const trace = await json<{ spans: unknown[] }>(stack.url("console", `/api/traces/${traceId}`));
      return trace.spans.length >= 3;
    });
  } finally {
    await service.stop();
  }
});

test("the Collector is down: the service is unaffected, and its exceptions arrive when it is back", async () => {
  const [otlp = 0] = await freePorts(1);
  const service = await ownService({ OTEL_SERVICE_NAME: "patient", OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp}` });
  try {
    for (let index = 0; index < 20; index += 1) {
      expect((await fetch(`${service.url}/orders/${index}`)).status).toBe(200);
      expect((await fetch(`${service.url}/sync/late-${index}`)).status).toBe(500);
    }
    const stack = await startStack({ args: ["--only", "collector,sentry-bridge,console", "--port", `otlp-http=${otlp}`] });
    try {
      await eventually("all 20 exceptions", async () => {
        const messages = new Set((await inbox(stack, "sentry")).flatMap((item) => (item.raw as SentryEvent).exception?.values.map(({ value }) => value) ?? []));
        return Array.from({ length: 20 }, (_, index) => `order late-${index} rejected`).every((message) => messages.has(message));
      }, 90_000);
    } finally {
      await stack.stop();
    }
  } finally {
    expect(await service.stop()).toBe(0);
  }
});

test.each([
  ["nobody listens", {}],
  ["settings are nonsense", { OTEL_EXPORTER_OTLP_PROTOCOL: "pigeon", OTEL_TRACES_SAMPLER: "sometimes", OTEL_PROPAGATORS: "smoke", OTEL_RESOURCE_ATTRIBUTES: "=%%%," }],
])("fail open: %s, and the service starts, serves and ends with its own exit code", async (_, env) => {
  const [otlp = 0] = await freePorts(1);
  const service = await ownService({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlp}`, ...env });
  expect((await fetch(`${service.url}/orders/1`)).status).toBe(200);
  expect(await service.stop()).toBe(0);
});
