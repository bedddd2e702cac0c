import { debugIds } from "./debug-ids.ts";
import { describe, fingerprint, type Exception } from "./exception.ts";
import { maskText } from "./mask.ts";
import { keyValues, nanos, type Attributes } from "./otlp.ts";
import { createStorm, windowMs } from "./storm.ts";

/** Uncaught ones end what the page was doing; the others were caught by someone who reports them. */
const severities = { fatal: { severityNumber: 21, severityText: "FATAL" }, error: { severityNumber: 17, severityText: "ERROR" } };

/** Chromium's and Firefox's note that a resize observer will be called one frame later: no error of anyone. */
const harmless = /^ResizeObserver loop/;

interface LogRecord {
  timeUnixNano: string;
  attributes: Attributes;
  [field: string]: unknown;
}

export interface ErrorReporter {
  /** Reports a thrown value as one log record, folded with its equals. */
  report(thrown: unknown, how: { uncaught: boolean; attributes?: Attributes }): void;
  /** Queues the counts of what was folded. */
  summarize(): void;
}

/**
 * @param context attributes that each record carries, and the trace it belongs to
 * @param add queues a log record (JSON text); it leaves in the next task
 */
export function createErrorReporter({ context, add, now }: {
  context: () => { attributes: Attributes; trace: { traceId: string; spanId: string } | undefined };
  add: (record: string) => void;
  now: () => number;
}): ErrorReporter {
  const storm = createStorm<LogRecord>(now);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function summarize(): void {
    clearTimeout(timer);
    timer = undefined;
    const { repeated, beyond } = storm.take();
    for (const { record, count } of repeated) send(record, { "helloagents.exception.count": count });
    if (beyond > 0) {
      add(JSON.stringify({
        timeUnixNano: nanos(now()),
        severityNumber: 13,
        severityText: "WARN",
        body: { stringValue: `${beyond} further errors of this page were not sent: too many different ones within a minute` },
        attributes: keyValues({ "helloagents.exception.dropped": beyond, ...context().attributes }),
      }));
    }
  }

  function send(record: LogRecord, more: Attributes): void {
    add(JSON.stringify({ ...record, attributes: keyValues({ ...record.attributes, ...more }) }));
  }

  return {
    summarize,
    report(thrown, { uncaught, attributes = {} }) {
      const exception = describe(thrown);
      if (harmless.test(exception.message)) return;
      const { attributes: shared, trace } = context();
      const record: LogRecord = {
        timeUnixNano: nanos(now()),
        observedTimeUnixNano: nanos(now()),
        ...severities[uncaught ? "fatal" : "error"],
        eventName: "exception",
        body: { stringValue: title(exception) },
        ...(trace ? { traceId: trace.traceId, spanId: trace.spanId, flags: 1 } : {}),
        attributes: {
          "exception.type": exception.type,
          "exception.message": exception.message,
          "exception.stacktrace": exception.stack,
          "helloagents.exception.debug_ids": debugIds(exception.stack),
          ...shared,
          ...masked(attributes),
        },
      };
      if (storm.admit(fingerprint(exception), record)) send(record, {});
      else timer ??= setTimeout(summarize, windowMs);
    },
  };
}

function title(exception: Exception): string {
  return exception.message ? `${exception.type}: ${exception.message}` : exception.type;
}

/** At most 32 of the caller's attributes; texts are masked, objects are written as JSON. */
function masked(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .slice(0, 32)
      .map(([key, value]) => [key, typeof value === "number" || typeof value === "boolean" || value === undefined || value === null ? value : maskText(typeof value === "string" ? value : (JSON.stringify(value) ?? ""))]),
  );
}
