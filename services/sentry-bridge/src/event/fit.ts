import type { SentryEvent } from "./event.ts";

/** Sentry's limit for an event item, uncompressed (envelope-items, 1 MiB), with room for the envelope's own lines. */
export const MAX_EVENT_BYTES = 1_000_000;

/** Serializes an event and makes it fit: attributes and breadcrumbs go first, then the raw text, then causes; the exception itself stays. */
export function serializeEvent(event: SentryEvent): Buffer {
  for (const step of STEPS) {
    const body = Buffer.from(JSON.stringify(step(event)));
    if (body.length <= MAX_EVENT_BYTES) return body;
  }
  throw new Error(`event ${event.event_id} does not fit into ${MAX_EVENT_BYTES} bytes`);
}

const NOTE = "[left out: the event was larger than Sentry takes]";

const STEPS: ((event: SentryEvent) => SentryEvent)[] = [
  (event) => event,
  withoutAttributes,
  (event) => shortText(withoutAttributes(event)),
  (event) => lastException(shortText(withoutAttributes(event))),
];

function withoutAttributes(event: SentryEvent): SentryEvent {
  const small = { ...event, contexts: { ...event.contexts, otel: { note: NOTE } } };
  delete small.breadcrumbs;
  return small;
}

function shortText(event: SentryEvent): SentryEvent {
  if (!event.extra) return event;
  return { ...event, extra: Object.fromEntries(Object.entries(event.extra).map(([key, value]) => [key, String(value).slice(0, 16_384)])) };
}

function lastException(event: SentryEvent): SentryEvent {
  const last = event.exception.values.at(-1)!;
  const frames = last.stacktrace?.frames.slice(-50);
  return { ...event, exception: { values: [frames ? { ...last, stacktrace: { frames } } : last] } };
}
