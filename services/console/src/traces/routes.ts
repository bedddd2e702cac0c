import express, { type Request, type Router } from "express";
import { readJsonBody } from "../body.ts";
import { HttpError } from "../http-error.ts";
import { choiceParam, momentParam, numberParam, textParam } from "../query.ts";
import { exampleTrace } from "./example.ts";
import { spansOf, traceLogsOf } from "./otlp.ts";
import type { TraceQuery, Traces } from "./store.ts";

/** Above the Collector's batches of at most 8 MiB. */
const MAX_BYTES = 16 * 2 ** 20;

/** OTLP/HTTP in (`/v1/traces`, `/v1/logs`, JSON only), traces out (`/api/traces`). `/traces/example` is where alerts lead. */
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

  router.get("/api/traces", (req, res) => void res.json(traces.list({ ...traceQuery(req), limit: numberParam(req.query, "limit", 0, 2_000) })));

  // Chosen anew whenever it is opened: an alert fires on metrics, its traces may come seconds later. The search goes along, so that the page leads back to it.
  router.get("/traces/example", (req, res) => {
    const id = exampleTrace(traces, traceQuery(req));
    const search = req.originalUrl.split("?")[1];
    res.redirect(302, `/traces${id ? `/${id}` : ""}${search ? `?${search}` : ""}`);
  });

  router.get("/api/services", (_req, res) => void res.json(traces.services()));

  router.get("/api/traces/:traceId", (req, res) => {
    const trace = traces.get(req.params.traceId.toLowerCase());
    if (!trace) throw new HttpError(404, `no trace ${req.params.traceId} here: it has not arrived yet, was dropped to make room, or came before a restart`);
    res.json(trace);
  });

  return router;
}

function traceQuery({ query }: Request): TraceQuery {
  const error = choiceParam(query, "error", ["true", "false", "1", "0"]);
  return {
    service: textParam(query, "service"),
    text: textParam(query, "q"),
    minDurationMs: numberParam(query, "minDurationMs", 0, Number.MAX_SAFE_INTEGER),
    error: error === undefined ? undefined : error === "true" || error === "1",
    fromMs: momentParam(query, "from"),
    toMs: momentParam(query, "to"),
  };
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
