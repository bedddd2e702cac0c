import { expect, test } from "vitest";
import { eventsOf, requestsOf, SENDERS } from "../testing/fixture-events.ts";
import type { SentryEvent } from "./event.ts";

/** What a person looks at in an event; frames as `+` (the application's) or `-`, the oldest call first. */
function summary(event: SentryEvent): unknown {
  const { platform, release, environment, transaction, level, user, request, breadcrumbs, debug_meta, extra, contexts } = event;
  const { op, status } = contexts["trace"] ?? {};
  return {
    transaction,
    platform,
    release,
    environment,
    level,
    op,
    status,
    user,
    request,
    tags: event.tags,
    breadcrumbs: breadcrumbs?.values.map(({ level: severity, message }) => `${severity} ${message}`),
    debug_ids: debug_meta?.images.map(({ code_file, debug_id }) => `${debug_id} ${code_file}`),
    kept_whole: extra && Object.keys(extra),
    exceptions: event.exception.values.map(({ type, module, value, mechanism, stacktrace }) => ({
      exception: `${module === undefined ? "" : `${module} `}${type}: ${value}`,
      mechanism: Object.entries(mechanism).map(([key, said]) => `${key} ${said}`).join(", "),
      frames: stacktrace?.frames.map((frame) => `${frame.in_app ? "+" : "-"} ${frame.function} ${frame.filename}:${frame.lineno ?? ""}${frame.context_line === undefined ? "" : ` ${frame.context_line.trim()}`}`),
    })),
  };
}

// A new expectation is written by `vitest run -u`; read it before you commit it.
test.each(SENDERS)("what real SDKs sent becomes these events: %s", async (sender) => {
  const events: Record<string, unknown[]> = {};
  for (const request of requestsOf(sender)) events[request] = (await eventsOf(sender, request)).map(summary);
  expect(Object.values(events).flat().length).toBeGreaterThan(0);
  await expect(`${JSON.stringify(events, undefined, 2)}\n`).toMatchFileSnapshot(`../../fixtures/otlp/${sender}/events.json`);
});

test("every sender's events name release, environment and a trace", async () => {
  for (const sender of SENDERS) {
    for (const request of requestsOf(sender)) {
      for (const event of await eventsOf(sender, request)) {
        expect(event).toMatchObject({ release: `shop-${sender}@1.2.3`, environment: "production", contexts: { trace: { trace_id: expect.stringMatching(/^[\da-f]{32}$/) } } });
      }
    }
  }
});
