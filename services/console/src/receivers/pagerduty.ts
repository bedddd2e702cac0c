import { randomUUID } from "node:crypto";
import express, { type Router } from "express";
import { readBody } from "../body.ts";
import { choiceParam } from "../query.ts";
import type { Inbox, Level } from "../inbox.ts";
import type { Incidents, PagerdutyEvent } from "./incidents.ts";

/** PagerDuty's own limit. */
const MAX_BYTES = 512 * 2 ** 10;

const LEVELS: Record<string, Level> = { critical: "critical", error: "error", warning: "warning", info: "info" };
const ACTIONS = ["trigger", "acknowledge", "resolve"] as const;

/** Stand-in for PagerDuty's Events API v2, and the incidents as JSON (`GET /api/incidents?state=open|resolved`). */
export function pagerdutyRoutes(inbox: Inbox, incidents: Incidents): Router {
  const router = express.Router();

  router.post("/pagerduty/v2/enqueue", async (req, res) => {
    const body = await readBody(req, MAX_BYTES);
    const read = readPagerdutyEvent(body.toString());
    if ("errors" in read) return void res.status(400).json({ status: "invalid event", message: "Event object is invalid", errors: read.errors });
    const { event, raw } = read;
    const incident = incidents.apply(event);
    const summary = event.summary || incident?.summary || event.dedupKey;
    inbox.add(
      {
        kind: "pagerduty",
        title: event.action === "resolve" ? `Resolved: ${summary}` : summary,
        text: [event.action, event.severity || incident?.severity, event.source || incident?.source, incident && `incident ${incident.state}`].filter(Boolean).join(" · "),
        level: event.action === "resolve" ? "ok" : (LEVELS[event.severity || (incident?.severity ?? "")] ?? "critical"),
        to: "on-call",
        thread: `pagerduty-${event.dedupKey}`,
      },
      raw,
    );
    res.status(202).json({ status: "success", message: "Event processed", dedup_key: event.dedupKey });
  });

  router.get("/api/incidents", (req, res) => void res.json(incidents.list(choiceParam(req.query, "state", ["open", "resolved"]))));

  return router;
}

/**
 * Checks an event as the Events API v2 does (PagerDuty's docs, "Send an Alert Event"): `routing_key`, `event_action`, for a
 * trigger `payload.{summary,source,severity}`, otherwise `dedup_key`. The routing key is a secret and is masked in `raw`.
 */
export function readPagerdutyEvent(body: string): { event: PagerdutyEvent; raw: Record<string, unknown> } | { errors: string[] } {
  let raw: Record<string, unknown>;
  try {
    raw = object(JSON.parse(body));
  } catch {
    return { errors: ["the body is not JSON"] };
  }
  const action = ACTIONS.find((each) => each === raw["event_action"]);
  const payload = object(raw["payload"]);
  const dedupKey = text(raw["dedup_key"]);
  const errors: string[] = [];
  if (!text(raw["routing_key"])) errors.push("'routing_key' is missing or blank");
  if (!action) errors.push(`'event_action' must be one of ${ACTIONS.join(", ")}`);
  if (action === "trigger") {
    for (const field of ["summary", "source"]) if (!text(payload[field])) errors.push(`'payload.${field}' is missing or blank`);
    if (!LEVELS[text(payload["severity"])]) errors.push("'payload.severity' must be one of critical, error, warning, info");
  } else if (!dedupKey) errors.push("'dedup_key' is missing or blank");
  if (dedupKey.length > 255) errors.push("'dedup_key' is longer than 255 characters");
  if (errors.length > 0 || !action) return { errors };
  return {
    event: { action, dedupKey: dedupKey || randomUUID().replaceAll("-", ""), summary: text(payload["summary"]), source: text(payload["source"]), severity: text(payload["severity"]) },
    raw: { ...raw, routing_key: "(not shown)" },
  };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
