import type { Server } from "node:http";
import { createDestinations } from "./delivery/destinations.ts";
import { createPipeline } from "./delivery/pipeline.ts";
import { createUpstream } from "./delivery/upstream.ts";
import { createCollapse } from "./exceptions/collapse.ts";
import { createMetrics } from "./metrics.ts";
import { createBridgeServer } from "./server.ts";
import { createSessions } from "./sessions/sessions.ts";
import type { Settings } from "./settings.ts";
import { createSpanPipeline } from "./spans/pipeline.ts";

/** The bridge, put together; it listens when its server is told to. */
export interface Bridge {
  server: Server;
  /** Stops admitting: every further OTLP request, and what is not under way to Sentry yet, is handed back with 503. */
  drain: () => void;
  /** Sends the sessions that wait and what is left to report. Call it when the server has closed. */
  finish: () => Promise<void>;
  /** Sends the sessions that wait. */
  flush: () => Promise<void>;
  /** Ends what is under way; it is handed back to its senders. */
  abort: () => void;
}

const FLUSH_MS = 15_000;
const REPORT_MS = 60_000;

export function createBridge(settings: Settings, log: (line: string) => void): Bridge {
  const metrics = createMetrics();
  const destinations = createDestinations(settings, (dsn) => createUpstream(dsn, { ...settings, metrics, log }));
  const sessions = createSessions({ settings, destinations, metrics, log, sinceMs: Date.now() });
  const decided = settings.sessions === "off" ? () => undefined : sessions.exception;
  const pipeline = createPipeline({ settings, destinations, collapse: createCollapse(), metrics, decided, log });
  const spanPipeline = createSpanPipeline({ settings, destinations, collapse: createCollapse(), metrics });
  const { server, drain } = createBridgeServer({ settings, pipeline, spanPipeline, sessions, metrics, destinations, log });
  const timers = [
    setInterval(() => void sessions.flush(), FLUSH_MS).unref(),
    setInterval(() => destinations.all.forEach(({ upstream }) => void upstream.report()), REPORT_MS).unref(),
  ];
  const abort = (): void => destinations.all.forEach(({ upstream }) => upstream.abort());
  return {
    server,
    drain,
    flush: sessions.flush,
    async finish() {
      timers.forEach(clearInterval);
      await sessions.flush();
      if (sessions.waiting() > 0) log(`${sessions.waiting()} sessions could not be sent to Sentry before the end, and are lost.`);
      await Promise.all(destinations.all.map(({ upstream }) => upstream.close()));
    },
    abort,
  };
}
