import express, { type Response, type Router } from "express";
import { requireSameOrigin } from "./host-guard.ts";
import { HttpError } from "./http-error.ts";
import { INBOX_KINDS, INBOX_MAX_LIMIT, type Inbox, type InboxKind } from "./inbox.ts";
import { choiceParam, numberParam, textParam } from "./query.ts";

const MAX_STREAMS = 32;
/** Below the idle limit of usual proxies; also how a vanished reader is noticed. */
const HEARTBEAT_MS = 15_000;
/** A reader that is this far behind is cut off instead of being buffered for. */
const MAX_UNSENT_BYTES = 4 * 2 ** 20;

/** `GET /api/inbox`, `GET /api/inbox/stream` (server-sent events), `GET /api/inbox/:id`, `DELETE /api/inbox`. */
export function inboxRoutes(inbox: Inbox): Router {
  const router = express.Router();
  let streams = 0;

  router.get("/api/inbox", (req, res) => {
    const since = textParam(req.query, "since");
    const sinceMs = since === undefined ? undefined : Date.parse(since);
    if (Number.isNaN(sinceMs)) throw new HttpError(400, `since=${since} is not a time: use ISO 8601 like 2030-01-31T12:00:00Z`);
    const limit = numberParam(req.query, "limit", 0, INBOX_MAX_LIMIT);
    res.type("json").send(inbox.list({ kind: kindOf(req.query), limit, sinceMs, raw: wantsRaw(req.query) }));
  });

  router.get("/api/inbox/stream", (req, res) => {
    if (streams >= MAX_STREAMS) throw new HttpError(503, `${MAX_STREAMS} live readers are connected already: close one`);
    const kind = kindOf(req.query);
    streams += 1;
    const stop = stream(inbox, res, kind, wantsRaw(req.query));
    res.on("close", () => {
      streams -= 1;
      stop();
    });
  });

  router.get("/api/inbox/:id", (req, res) => {
    const item = inbox.get(req.params.id);
    if (item === undefined) throw new HttpError(404, `no message ${req.params.id} here: it was dropped to make room, cleared, or came before a restart`);
    res.type("json").send(item);
  });

  router.delete("/api/inbox", requireSameOrigin, (_req, res) => {
    inbox.clear();
    res.status(204).end();
  });

  return router;
}

/** Events `item` (one message as JSON) and `cleared`. Returns what to do when the reader is gone. */
function stream(inbox: Inbox, res: Response, kind: InboxKind | undefined, raw: boolean): () => void {
  res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no" });
  res.flushHeaders();
  const send = (text: string) => {
    if (res.writableLength > MAX_UNSENT_BYTES) res.destroy();
    else res.write(text);
  };
  send("retry: 2000\n\n");
  const heartbeat = setInterval(() => send(": still here\n\n"), HEARTBEAT_MS);
  heartbeat.unref();
  const unsubscribe = inbox.subscribe({
    item(head, json) {
      if (kind === undefined || head.kind === kind) send(`event: item\nid: ${head.id}\ndata: ${json(raw)}\n\n`);
    },
    cleared: () => send("event: cleared\ndata: {}\n\n"),
    end: () => void res.end(),
  });
  return () => {
    clearInterval(heartbeat);
    unsubscribe();
  };
}

function kindOf(query: Record<string, unknown>): InboxKind | undefined {
  return choiceParam(query, "kind", INBOX_KINDS);
}

function wantsRaw(query: Record<string, unknown>): boolean {
  return choiceParam(query, "raw", ["0", "1"]) !== "0";
}
