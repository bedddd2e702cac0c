import express, { type Router } from "express";
import { readJsonBody } from "../body.ts";
import { requireSameOrigin } from "../host-guard.ts";
import { HttpError } from "../http-error.ts";
import { fetchJson, sendJson } from "./fetch-json.ts";

/** A silence as Alertmanager holds it. Times are ISO 8601. */
export type Silence = { id: string; state: "active" | "pending" | "expired"; matchers: Matcher[]; startsAt: string; endsAt: string; createdBy: string; comment: string };

/** `isRegex` and `isEqual` give `=`, `!=`, `=~`, `!~`. Source: Alertmanager API v2. */
export type Matcher = { name: string; value: string; isRegex: boolean; isEqual: boolean };

export type SilencesState = { silences: Silence[]; problem?: string };

const TIMEOUT_MS = 5_000;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_HOURS = 24 * 30;

/** `GET /api/silences`: not those that ended. `POST /api/silences` makes one, `DELETE /api/silences/:id` ends one; both from this page only. */
export function silenceRoutes(alertmanagerUrl: string): Router {
  const router = express.Router();
  const api = `${alertmanagerUrl}/api/v2`;

  router.get("/api/silences", async (_req, res) => void res.json(await readSilences(alertmanagerUrl)));

  router.post("/api/silences", requireSameOrigin, async (req, res) => {
    const silence = silenceOf(await readJsonBody(req, MAX_BODY_BYTES), Date.now());
    res.status(201).json(await told(sendJson(`${api}/silences`, "POST", silence, TIMEOUT_MS)));
  });

  router.delete("/api/silences/:id", requireSameOrigin, async (req, res) => {
    const id = String(req.params["id"]);
    if (!/^[\w-]+$/.test(id)) throw new HttpError(400, `${id} is not the id of a silence`);
    await told(sendJson(`${api}/silence/${id}`, "DELETE", undefined, TIMEOUT_MS));
    res.status(204).end();
  });

  return router;

  /** What Alertmanager answered; its refusals and its absence in words, for the form to show. */
  async function told(answer: ReturnType<typeof sendJson>): Promise<unknown> {
    const { status, body } = await answer.catch((error: Error) => {
      throw new HttpError(424, `Alertmanager at ${alertmanagerUrl} cannot be asked: ${error.message}.`);
    });
    if (status >= 300) throw new HttpError(422, `Alertmanager refused: ${typeof body === "string" ? body : JSON.stringify(body)}`);
    return body;
  }
}

async function readSilences(alertmanagerUrl: string): Promise<SilencesState> {
  try {
    const answer = await fetchJson(`${alertmanagerUrl}/api/v2/silences`, TIMEOUT_MS);
    if (!Array.isArray(answer)) throw new Error("its answer is no list of silences: something else may be listening there");
    const silences = (answer as (Omit<Silence, "state"> & { status?: { state?: Silence["state"] } })[]).map(({ status, ...silence }) => ({ ...silence, state: status?.state ?? "active" }));
    return { silences: silences.filter(({ state }) => state !== "expired").sort((a, b) => a.endsAt.localeCompare(b.endsAt)) };
  } catch (error) {
    return { silences: [], problem: `Alertmanager at ${alertmanagerUrl} cannot be asked: ${(error as Error).message}.` };
  }
}

/** What the form sends, as Alertmanager wants it. @throws {HttpError} 400 that names what is missing */
function silenceOf(body: unknown, nowMs: number): Omit<Silence, "id" | "state"> {
  const { matchers, hours, comment, createdBy } = (body ?? {}) as { matchers?: unknown; hours?: unknown; comment?: unknown; createdBy?: unknown };
  if (!Array.isArray(matchers) || matchers.length === 0) throw new HttpError(400, "a silence needs at least one label that it holds for");
  if (typeof hours !== "number" || !(hours > 0) || hours > MAX_HOURS) throw new HttpError(400, `hours has to be a number above 0 and at most ${MAX_HOURS}`);
  if (typeof comment !== "string" || !comment.trim()) throw new HttpError(400, "say in comment why it is silenced: others will ask");
  return {
    matchers: matchers.map(matcherOf),
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + hours * 3_600_000).toISOString(),
    createdBy: typeof createdBy === "string" && createdBy.trim() ? createdBy.trim() : "console",
    comment: comment.trim(),
  };
}

function matcherOf(given: unknown): Matcher {
  const { name, value, isRegex = false, isEqual = true } = (given ?? {}) as Partial<Matcher>;
  if (typeof name !== "string" || !name || typeof value !== "string" || !value) throw new HttpError(400, "each matcher needs a name and a value");
  return { name, value, isRegex: Boolean(isRegex), isEqual: Boolean(isEqual) };
}
