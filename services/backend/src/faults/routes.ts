import { setTimeout as sleep } from "node:timers/promises";
import { Router } from "express";
import type { Request, RequestHandler } from "express";
import { z } from "zod";
import { answerError } from "../error-answers.ts";
import { ApiError } from "../errors.ts";
import { faultKinds, longest_s } from "./faults.ts";
import type { FaultKind, Faults } from "./faults.ts";

/**
 * The switches by HTTP, at `/faults`: `GET` lists those that are on; `PUT /faults/<kind>` with `{amount?, seconds?}` switches one on or renews
 * it; `DELETE /faults/<kind>` and `DELETE /faults` switch off. Only programs on this machine see the address: not pages, and not what a proxy passes on.
 */
export function faultRoutes(faults: Faults): Router {
  const router = Router();
  router.use((req, _res, next) => (isLocalProgram(req) ? next() : next("router")));
  router.get("/", (_req, res) => void res.json({ faults: faults.list(), kinds: faultKinds }));
  router.put("/:kind", (req, res) => {
    const kind = Object.keys(faultKinds).find((one): one is FaultKind => one === req.params["kind"]);
    if (kind === undefined) return answerError(res, new ApiError("INVALID_REQUEST", { details: [{ path: "kind", message: `one of ${Object.keys(faultKinds).join(", ")}` }] }));
    const { least, usual, most } = faultKinds[kind];
    const body = z.object({ amount: z.number().int().min(least).max(most).default(usual), seconds: z.number().min(1).max(longest_s).default(60) });
    const wanted = body.safeParse(req.body ?? {});
    if (!wanted.success) return answerError(res, new ApiError("INVALID_REQUEST", { details: wanted.error.issues.map(({ path, message }) => ({ path: path.join("."), message })) }));
    faults.set(kind, wanted.data.amount, wanted.data.seconds);
    res.json({ faults: faults.list() });
  });
  router.delete("/{:kind}", (req, res) => {
    const kind = req.params["kind"];
    if (kind === undefined) faults.allOff();
    else if (Object.hasOwn(faultKinds, kind)) faults.off(kind as FaultKind);
    res.json({ faults: faults.list() });
  });
  return router;
}

/** Closes connections unanswered while the service is to be down. */
export function failConnections(faults: Faults): RequestHandler {
  return (req, _res, next) => (Math.random() * 100 < faults.amount("down") ? void req.socket.destroy() : next());
}

/** Makes requests slow and lets some fail. */
export function failRequests(faults: Faults): RequestHandler {
  return async (_req, _res, next) => {
    const slower_ms = faults.amount("latency");
    if (slower_ms > 0) await sleep(slower_ms);
    if (faults.failsNow()) throw new Error("Drill: this request was made to fail");
    next();
  };
}

/** Loopback by address and by name (no DNS rebinding), not passed on by a proxy, not sent by a page. */
function isLocalProgram(req: Request): boolean {
  const from = req.socket.remoteAddress ?? "";
  const host = (req.headers.host ?? "").replace(/:\d+$/, "");
  return /^(::1|(::ffff:)?127(\.\d+){3})$/.test(from) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host) && req.headers.origin === undefined && req.headers["x-forwarded-for"] === undefined && req.headers.forwarded === undefined;
}
