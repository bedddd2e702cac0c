import { createActivities } from "./activity.ts";
import type { PageApi } from "./api.ts";
import type { Config } from "./config.ts";
import { createErrorReporter } from "./errors.ts";
import { watchFetch } from "./fetch.ts";
import { createHistograms } from "./histograms.ts";
import { watchInteractions } from "./interactions.ts";
import { maskPath, maskUrl } from "./mask.ts";
import { envelopes, keyValues, nanos, type Attributes } from "./otlp.ts";
import { watchPageLoad } from "./page-load.ts";
import { createRequestTracer, currentTrace } from "./requests.ts";
import { routeMatcher } from "./routes.ts";
import { createSender } from "./sender.ts";
import { sessionTracker } from "./session.ts";
import { createTracerProvider } from "./spans.ts";
import { watchUncaught } from "./uncaught.ts";
import { watchVitals } from "./vitals.ts";
import { watchXhr } from "./xhr.ts";

declare const PACKAGE_VERSION: string;

/** Starts everything for one page and returns what the page may call. */
export function start(config: Config): PageApi {
  const sessionId = sessionTracker(storage("localStorage"), now, newId);
  const template = routeMatcher(config.routes);
  const histograms = createHistograms(now);
  const activities = createActivities();
  let userId: string | undefined;

  const who = (): Attributes => ({ "session.id": sessionId(), "user.id": userId });
  const where = (): Attributes => {
    const url = new URL(location.href);
    return { "url.full": maskUrl(url), "url.path": maskPath(url), "url.template": template(url.pathname) };
  };

  const sender = createSender({
    endpoint: config.endpoint,
    envelopes: envelopes(config, PACKAGE_VERSION, newId(), navigator.userAgent),
    fetch: window.fetch,
    storage: storage("sessionStorage"),
    beforeFlush() {
      errors.summarize();
      for (const metric of histograms.collect()) sender.add("metrics", metric);
      reportDropped(sender.takeDropped());
    },
  });
  const errors = createErrorReporter({
    now,
    context: () => ({ attributes: { ...who(), ...where() }, trace: joinedTrace() }),
    add: (record) => sender.add("logs", record, true),
  });

  /** The click that led to an error is sent with it. */
  function joinedTrace(): { traceId: string; spanId: string } | undefined {
    const trace = currentTrace(activities);
    activities.join()();
    return trace;
  }

  function reportDropped(count: number): void {
    if (count === 0) return;
    const body = { stringValue: `${count} telemetry items of this page were dropped` };
    sender.add("logs", JSON.stringify({ timeUnixNano: nanos(now()), severityNumber: 13, severityText: "WARN", body, attributes: keyValues({ "helloagents.telemetry.dropped": count, ...who() }) }));
  }

  // Errors first: from here on nothing that fails goes unseen.
  watchUncaught((thrown) => errors.report(thrown, { uncaught: true }));
  const tracer = createTracerProvider(who, (span) => sender.add("traces", span)).getTracer("@helloagents/telemetry-web", PACKAGE_VERSION);
  const requests = createRequestTracer({ tracer, activities, endpoint: config.endpoint, allowedOrigins: config.propagateTo });
  const landing = template(location.pathname);
  watchPageLoad(tracer, activities, landing, config.endpoint);
  watchInteractions(tracer, activities);
  watchFetch(requests);
  watchXhr(requests);
  const settleVitals = watchVitals((name, value) => {
    histograms.record(name, value, landing);
    // Hidden pages may get no further task; visible ones wait for the next batch.
    if (document.visibilityState === "hidden") queueMicrotask(() => void sender.flush());
    else sender.schedule();
  });

  // `visibilitychange` on the window comes after the document's own listeners, those of web-vitals among them.
  window.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    settleVitals();
    activities.settle(false);
    void sender.flush();
  });
  window.addEventListener("pagehide", () => {
    activities.settle(true);
    void sender.flush();
    sender.stash();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) sender.unstash();
  });
  sender.unstash();

  return {
    setUser(id) {
      userId = id === null || id === undefined ? undefined : String(id).slice(0, 128);
    },
    captureException(error, attributes) {
      try {
        errors.report(error, { uncaught: false, ...(attributes ? { attributes } : {}) });
      } catch {
        // The caller is handling an error already.
      }
    },
    flush: () => sender.flush(),
  };
}

function now(): number {
  return Date.now();
}

/** 32 hex digits. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reading `localStorage` itself throws where cookies are forbidden. */
function storage(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}
