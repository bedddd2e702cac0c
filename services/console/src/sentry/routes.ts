import express, { type RequestHandler, type Router } from "express";
import { readBody } from "../body.ts";
import { HttpError } from "../http-error.ts";
import { numberParam, textParam } from "../query.ts";
import type { Stores } from "../stores.ts";
import { spansOf } from "../traces/otlp.ts";
import { takeEnvelope } from "./ingest.ts";

/** Sentry takes 200 MiB with attachments; none of ours has any. */
const MAX_ENVELOPE_BYTES = 16 * 2 ** 20;
const MAX_OTLP_BYTES = 16 * 2 ** 20;

/** The stand-in for Sentry's ingestion (any DSN `http://<anything>@localhost:3000/<project>`) and the issues as JSON. */
export function sentryRoutes(stores: Stores): Router {
  const router = express.Router();

  router.use("/api/:project/envelope", crossOrigin);
  // With and without the last slash: express treats both alike.
  router.post("/api/:project/envelope", async (req, res) => {
    const id = takeEnvelope(projectOf(req.params.project), await readBody(req, MAX_ENVELOPE_BYTES), stores);
    res.json(id === undefined ? {} : { id });
  });

  // Sentry's OTLP endpoint. The Collector sends the same spans to /v1/traces as JSON, so here they are only counted.
  router.post("/api/:project/integration/otlp/v1/traces", async (req, res) => {
    const count = stores.counts.of(projectOf(req.params.project));
    const body = await readBody(req, MAX_OTLP_BYTES);
    if (req.is("json")) count.spans += spansOf(parseJson(body)).spans.length;
    else count.undecodedTraceRequests += 1;
    res.status(202).json({ partialSuccess: {} });
  });

  router.get("/api/issues", (req, res) => {
    res.json(
      stores.issues.list({
        project: textParam(req.query, "project"),
        traceId: textParam(req.query, "traceId"),
        text: textParam(req.query, "q"),
        limit: numberParam(req.query, "limit", 0, 500),
      }),
    );
  });

  router.get("/api/issues/:id", (req, res) => {
    const issue = stores.issues.get(req.params.id, textParam(req.query, "event"));
    if (!issue) throw new HttpError(404, `no issue ${req.params.id} here: it was dropped to make room, or came before a restart`);
    res.json(issue);
  });

  router.get("/api/projects", (_req, res) => void res.json(stores.counts.all()));

  return router;
}

/** A page with Sentry's browser SDK posts from another port of this machine; the host guard has let only those through. */
const crossOrigin: RequestHandler = (req, res, next) => {
  if (req.headers.origin !== undefined) {
    res.set({ "Access-Control-Allow-Origin": req.headers.origin, "Access-Control-Allow-Headers": "content-type, content-encoding, x-sentry-auth", Vary: "Origin" });
  }
  if (req.method === "OPTIONS") res.status(204).end();
  else next();
};

function projectOf(name: string): string {
  if (!/^[\w-]{1,50}$/.test(name)) throw new HttpError(400, `${JSON.stringify(name)} is not a project id: use up to 50 letters, digits, - or _`);
  return name;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`);
  }
}
