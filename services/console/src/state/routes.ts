import express, { type Router } from "express";
import type { Settings } from "../settings.ts";
import { readAlertRules } from "./alert-rules.ts";
import { readAlerts } from "./alerts.ts";
import { readGolden } from "./golden.ts";
import { readParts } from "./parts.ts";

/** Several open pages ask Prometheus and Alertmanager together, not each for itself. */
const CACHE_MS = 3_000;

/** `GET /api/parts`, `/api/alerts`, `/api/alert-rules`, `/api/golden`: always 200; a `problem` in the answer says what is away and why. */
export function stateRoutes(settings: Settings): Router {
  const router = express.Router();
  const alerts = cached(() => readAlerts(settings.alertmanagerUrl));
  const rules = cached(() => readAlertRules(settings.prometheusUrl));
  const golden = cached(() => readGolden(settings.prometheusUrl));
  router.get("/api/parts", async (_req, res) => void res.json(await readParts(settings.partsFile)));
  router.get("/api/alerts", async (_req, res) => void res.json(await alerts()));
  router.get("/api/alert-rules", async (_req, res) => void res.json(await rules()));
  router.get("/api/golden", async (_req, res) => void res.json(await golden()));
  return router;
}

function cached<T>(read: () => Promise<T>): () => Promise<T> {
  let current: { value: Promise<T>; untilMs: number } | undefined;
  return () => {
    if (!current || Date.now() > current.untilMs) current = { value: read(), untilMs: Date.now() + CACHE_MS };
    return current.value;
  };
}
