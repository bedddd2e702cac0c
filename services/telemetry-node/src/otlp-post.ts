/** One OTLP/HTTP request. Used by the outbox while the process runs and by the worker of the last flush. */
import http from "node:http";
import https from "node:https";
import type { Destination } from "./otlp-settings.ts";

// Kept before any instrumentation replaces them: our own requests must not become spans or client metrics.
const requestBy = { "http:": http.request, "https:": https.request } as const;

/** A Collector that does not take a connection within this time is treated as away; a pending connect would keep an ending process alive. */
const CONNECT_TIMEOUT_MS = 1_000;

export type PostResult =
  | { kind: "delivered" }
  /** Worth another try, not before `afterMs` where the Collector said so. */
  | { kind: "retry"; reason: string; afterMs?: number }
  /** The Collector will never take these bytes. */
  | { kind: "refused"; reason: string };

const RETRYABLE = new Set([408, 429, 502, 503, 504]);

export function createAgent(destination: Destination): http.Agent {
  return destination.url.startsWith("https:") ? new https.Agent({ keepAlive: true, maxSockets: 2, ...destination.tls }) : new http.Agent({ keepAlive: true, maxSockets: 2 });
}

/** Sends `body` and says what became of it; never rejects, never keeps the process alive. */
export function post(destination: Destination, body: Uint8Array, agent: http.Agent): Promise<PostResult> {
  return new Promise((resolve) => {
    const url = new URL(destination.url);
    const timers: NodeJS.Timeout[] = [];
    const settle = (result: PostResult): void => {
      for (const timer of timers) clearTimeout(timer);
      resolve(result);
    };
    const send = requestBy[url.protocol as keyof typeof requestBy];
    const request = send(
      url,
      {
        method: "POST",
        agent,
        headers: {
          ...destination.headers,
          "content-type": destination.encoding === "json" ? "application/json" : "application/x-protobuf",
          "content-length": body.byteLength,
          "user-agent": "helloagents-telemetry-node",
          ...(destination.gzip ? { "content-encoding": "gzip" } : {}),
        },
      },
      (response) => {
        response.resume();
        response.on("error", () => undefined);
        settle(judge(response.statusCode ?? 0, response.headers["retry-after"]));
      },
    );
    const giveUp = (after: number, what: string): NodeJS.Timeout => setTimeout(() => request.destroy(new Error(`no ${what} within ${after} ms`)), after).unref();
    timers.push(giveUp(destination.timeoutMs, "answer"));
    request.on("error", (error: NodeJS.ErrnoException) => settle({ kind: "retry", reason: error.code ?? error.message }));
    request.on("socket", (socket) => {
      socket.unref();
      if (!socket.connecting) return;
      const connecting = giveUp(CONNECT_TIMEOUT_MS, "connection");
      timers.push(connecting);
      socket.once("connect", () => clearTimeout(connecting));
    });
    request.end(body);
  });
}

function judge(status: number, retryAfter: string | undefined): PostResult {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  const reason = `HTTP ${status}`;
  if (!RETRYABLE.has(status)) return { kind: "refused", reason };
  const seconds = Number(retryAfter);
  return Number.isFinite(seconds) && seconds > 0 ? { kind: "retry", reason, afterMs: seconds * 1_000 } : { kind: "retry", reason };
}
