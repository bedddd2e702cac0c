import express, { type Request, type Router } from "express";
import { HttpError } from "../http-error.ts";
import { askJson } from "./fetch-json.ts";

/** A week of a large platform takes a core some ten seconds, and pages ask for several panels at once. */
const TIMEOUT_MS = 60_000;

/** What pages may ask: reading, and nothing that costs more than a query. Source: Prometheus HTTP API. */
const READS = ["query", "query_range", "query_exemplars", "series"];

/**
 * `GET /api/prometheus/<read>?...` passes a query to Prometheus as it is, `/api/prometheus/label/:name` lists values.
 * Always 200: `{data}` as Prometheus gives it, or `{problem}` in words for the reader.
 */
export function prometheusRoutes(url: string): Router {
  const router = express.Router();

  router.get("/api/prometheus/label/:name", async (req, res) => {
    if (!/^[a-zA-Z_]\w*$/.test(req.params.name)) throw new HttpError(400, `${req.params.name} is not the name of a label`);
    res.json(await ask(`${url}/api/v1/label/${req.params.name}/values`, req));
  });

  router.get("/api/prometheus/:read", async (req, res) => {
    if (!READS.includes(req.params.read)) throw new HttpError(404, `Prometheus is asked for ${READS.join(", ")} and label/<name> only`);
    res.json(await ask(`${url}/api/v1/${req.params.read}`, req));
  });

  return router;

  async function ask(path: string, req: Request): Promise<{ data: unknown } | { problem: string }> {
    try {
      const { status, body } = await askJson(`${path}?${req.originalUrl.split("?")[1] ?? ""}`, TIMEOUT_MS);
      const { data, error } = body as { data?: unknown; error?: string };
      return data === undefined ? { problem: `Prometheus answered ${status}: ${error ?? "without data"}` } : { data };
    } catch (error) {
      return { problem: `Prometheus at ${url} cannot be asked: ${(error as Error).message}.` };
    }
  }
}
