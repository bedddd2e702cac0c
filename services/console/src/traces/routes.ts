import express, { type Request, type Router } from "express";
import { readJsonBody } from "../body.ts";
import { HttpError } from "../http-error.ts";
import { choiceParam, numberParam, textParam } from "../query.ts";
import { spansOf, traceLogsOf } from "./otlp.ts";
import type { Traces } from "./store.ts";

/** Above the Collector's batches of at most 8 MiB. */
const MAX_BYTES = 16 * 2 ** 20;

/** OTLP/HTTP in (`/v1/traces`, `/v1/logs`, JSON only), traces out (`/api/traces`). */
export function traceRoutes(traces: Traces): Router {
  const router = express.Router();

  router.post("/v1/traces", async (req, res) => {
    const { spans, rejected } = spansOf(await otlpJson(req, "resourceSpans"));
    traces.addSpans(spans);
    const partial = rejected > 0 ? { rejectedSpans: String(rejected), errorMessage: "spans without a valid trace id, span id, start or end" } : {};
    res.json({ partialSuccess: partial });
  });

  router.post("/v1/logs", async (req, res) => {
    traces.addLogs(traceLogsOf(await otlpJson(req, "resourceLogs")));
    res.json({ partialSuccess: {} });
  });

  router.get("/api/traces", (req, res) => {
    const error = choiceParam(req.query, "error", ["true", "false", "1", "0"]);
    res.json(
      traces.list({
        service: textParam(req.query, "service"),
        text: textParam(req.query, "q"),
        minDurationMs: numberParam(req.query, "minDurationMs", 0, Number.MAX_SAFE_INTEGER),
        error: error === undefined ? undefined : error === "true" || error === "1",
        fromMs: numberParam(req.query, "from", 0, Number.MAX_SAFE_INTEGER),
        toMs: numberParam(req.query, "to", 0, Number.MAX_SAFE_INTEGER),
        limit: numberParam(req.query, "limit", 0, 2_000),
      }),
    );
  });

  router.get("/api/services", (_req, res) => void res.json(traces.services()));

  router.get("/api/traces/:traceId", (req, res) => {
    const trace = traces.get(req.params.traceId.toLowerCase());
    if (!trace) throw new HttpError(404, `no trace ${req.params.traceId} here: it has not arrived yet, was dropped to make room, or came before a restart`);
    res.json(trace);
  });

  return router;
}

async function otlpJson(req: Request, field: string): Promise<unknown> {
  if (!req.is("json")) {
    throw new HttpError(415, `Content-Type ${req.headers["content-type"] ?? "(none)"} is not taken here: send OTLP as JSON (otlp_http exporter of the Collector: "encoding: json")`);
  }
  const body = await readJsonBody(req, MAX_BYTES);
  const given = (body as Record<string, unknown> | null)?.[field];
  if (given !== undefined && !Array.isArray(given)) throw new HttpError(400, `${field} is not a list`);
  return body;
}
