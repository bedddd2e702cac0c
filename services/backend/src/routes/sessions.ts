import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { Router } from "express";
import type { Request, RequestHandler, Response } from "express";
import type { Pool } from "pg";
import { z } from "zod";
import type { Activity } from "../activity.ts";
import { route, step } from "../error-answers.ts";
import { ApiError } from "../errors.ts";
import { name, parseBody } from "../input.ts";
import type { Telemetry } from "../telemetry.ts";

export interface Session {
  /** SHA-256 of the token, in hex: what the database knows, and what traces may show. */
  id: string;
  user: { id: string; name: string };
}

export interface SessionParts {
  database: Pool;
  activity: Activity;
  telemetry: Telemetry;
  sessionDays: number;
}

/** `POST /api/sessions`: signs in by name. The account is made when the name is new. */
export function signIn({ database, activity, telemetry, sessionDays }: SessionParts): RequestHandler {
  const body = z.object({ name: name(80) });
  return route(async (req, res) => {
    const wanted = parseBody(req, body);
    const token = randomBytes(32).toString("base64url");
    const id = hash(token);
    await database.query("DELETE FROM sessions WHERE expires_at < now()");
    // DO UPDATE with the value it has: DO NOTHING would return no row for an account that exists.
    const { rows } = await database.query<Session["user"]>(
      "INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (lower(name)) DO UPDATE SET name = users.name RETURNING id, name",
      [randomUUID(), wanted.name],
    );
    const user = rows[0]!;
    await database.query("INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ($1, $2, now() + make_interval(days => $3::int))", [id, user.id, sessionDays]);
    activity.seen(id, user.id);
    markSpans(req, { id, user });
    telemetry.featureUsage.add(1, { feature: "session" });
    res.status(201).json({ user, token });
  });
}

/** `GET` and `DELETE /api/session`, behind {@link requireSession}. */
export function sessionRoutes({ database, activity }: SessionParts): Router {
  const router = Router();
  router.get("/", (_req, res) => void res.json({ user: sessionOf(res).user }));
  router.delete("/", route(async (_req, res) => {
    const { id } = sessionOf(res);
    await database.query("DELETE FROM sessions WHERE token_hash = $1", [id]);
    activity.gone(id);
    res.status(204).end();
  }));
  return router;
}

/** Answers 401 unless the request carries a token that is valid; otherwise {@link sessionOf} gives its session. */
export function requireSession(parts: SessionParts): RequestHandler {
  return step(async (req, res) => {
    if (!(await findSession(parts, req, res))) throw new ApiError("UNAUTHENTICATED");
  });
}

/** Knows who asks, where nobody has to be signed in. */
export function noticeSession(parts: SessionParts): RequestHandler {
  return step(async (req, res) => void (await findSession(parts, req, res)));
}

export function sessionOf(res: Response): Session {
  return res.locals["session"] as Session;
}

async function findSession({ database, activity }: SessionParts, req: Request, res: Response): Promise<boolean> {
  const token = /^Bearer ([\w-]{43})$/i.exec(req.headers.authorization ?? "")?.[1];
  if (token === undefined) return false;
  const id = hash(token);
  const { rows } = await database.query<Session["user"]>(
    "SELECT users.id, users.name FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.token_hash = $1 AND sessions.expires_at > now()",
    [id],
  );
  if (rows[0] === undefined) return false;
  const session: Session = { id, user: rows[0] };
  res.locals["session"] = session;
  activity.seen(id, session.user.id);
  markSpans(req, session);
  return true;
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

const serverSpans = new WeakMap<IncomingMessage, Span>();

/** Remembers the request's server span before any middleware may have a span of its own. */
export function rememberServerSpan(req: IncomingMessage): void {
  const span = trace.getActiveSpan();
  if (span !== undefined) serverSpans.set(req, span);
}

/** `user.id` and `session.id` on the spans of a request, so that its exceptions carry them. */
function markSpans(req: IncomingMessage, session: Session): void {
  const attributes = { "user.id": session.user.id, "session.id": session.id };
  for (const span of new Set([serverSpans.get(req), trace.getActiveSpan()])) span?.setAttributes(attributes);
}
