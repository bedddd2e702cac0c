import express, { type Router } from "express";
import { rateLimit } from "express-rate-limit";
import { asPageTelemetry, telemetryPaths, type TelemetryPath } from "./page-telemetry.ts";

const maxBodyBytes = 1024 * 1024;
const collectorTimeoutMs = 10_000;
/** Requests to the Collector at a time; a hanging one must not collect the bodies of all visitors in memory. */
const maxInFlight = 32;

/**
 * `POST /v1/{traces,metrics,logs}` for pages: checks what anybody on the internet may send, then passes its body on to the Collector
 * as telemetry of the page. Nothing else of the visitor's request goes along: no cookie, no authorization, no address.
 * @param perMinute requests a minute that one address may send
 * @param environment `deployment.environment.name` of the page's telemetry
 */
export function telemetryRelay({ collectorUrl, perMinute, environment }: { collectorUrl: string; perMinute: number; environment: string }): Router {
  const router = express.Router({ strict: true, caseSensitive: true });
  let inFlight = 0;
  const limit = rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    // A visitor may send the header without any proxy being there; it is only heeded when TRUST_PROXY says so.
    validate: { xForwardedForHeader: false },
    message: { error: { code: "rate_limited", message: "Too much telemetry from this address. Try again in a minute." } },
  });

  router.post(telemetryPaths, limit, requireJson, express.raw({ type: "application/json", limit: maxBodyBytes, inflate: false }), async (request, response) => {
    if (inFlight >= maxInFlight) return void unavailable(response);
    let body: string;
    try {
      body = asPageTelemetry(request.path as TelemetryPath, String(request.body as Buffer), environment);
    } catch (error) {
      return void response.status(400).json({ error: { code: "bad_request", message: `This is not OTLP/JSON for ${request.path}: ${(error as Error).message}.` } });
    }
    inFlight += 1;
    try {
      const answer = await fetch(collectorUrl + request.path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(collectorTimeoutMs),
      });
      const text = await answer.text();
      const retryAfter = answer.headers.get("retry-after");
      if (retryAfter) response.setHeader("retry-after", retryAfter);
      response.status(answer.status).type("application/json").send(text);
    } catch {
      // Refused, reset or too slow: the page keeps its data and tries again.
      unavailable(response);
    } finally {
      inFlight -= 1;
    }
  });
  router.use((_request, response) => {
    response.status(404).json({ error: { code: "not_found", message: "Telemetry is POSTed to v1/traces, v1/metrics or v1/logs." } });
  });
  return router;
}

function requireJson(request: express.Request, response: express.Response, next: express.NextFunction): void {
  if (request.is("application/json")) return next();
  response.status(415).json({ error: { code: "unsupported_media_type", message: "Send OTLP as application/json." } });
}

function unavailable(response: express.Response): void {
  response.status(503).setHeader("retry-after", "5").json({ error: { code: "collector_unavailable", message: "The Collector does not answer. Try again later." } });
}
