import { isIPv4 } from "node:net";
import type { RequestHandler } from "express";
import { HttpError } from "./http-error.ts";

/**
 * Keeps other web sites out of a page that has no login.
 * - Host must name this machine: a foreign name that was re-pointed here (DNS rebinding) is refused.
 * - Origin, where a browser sends one, must be of this machine too: no site can post into the inbox or clear it.
 * Off when `HOST` is not loopback: then the operator decided who reaches it, by names not known here.
 */
export function guardHost(listenHost: string): RequestHandler {
  if (!isLocalName(listenHost)) return (_req, _res, next) => next();
  return (req, _res, next) => {
    const host = nameOf(`http://${req.headers.host ?? ""}`);
    if (host === undefined || !isLocalName(host)) {
      throw new HttpError(403, `this console answers only to localhost, not to the Host ${JSON.stringify(req.headers.host ?? "")}; set HOST to serve others`);
    }
    const origin = req.headers.origin;
    if (origin !== undefined && !isLocalName(nameOf(origin) ?? "")) {
      throw new HttpError(403, `pages of ${JSON.stringify(origin)} may not use this console`);
    }
    next();
  };
}

/** For requests of the page itself that change something: the sender must be this very origin, or no browser at all. */
export const requireSameOrigin: RequestHandler = (req, _res, next) => {
  const origin = req.headers.origin;
  const site = req.headers["sec-fetch-site"];
  const foreign = origin !== undefined && URL.parse(origin)?.host !== req.headers.host;
  if (foreign || (site !== undefined && site !== "same-origin" && site !== "none")) {
    throw new HttpError(403, "only the console's own page may do this");
  }
  next();
};

/** localhost, *.localhost (RFC 6761), 127.0.0.0/8 and ::1. */
export function isLocalName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, "").replace(/\.$/, "").toLowerCase();
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  return isIPv4(bare) && bare.startsWith("127.");
}

function nameOf(url: string): string | undefined {
  return URL.parse(url)?.hostname || undefined;
}
