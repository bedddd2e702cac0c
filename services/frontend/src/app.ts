import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express } from "express";
import helmet from "helmet";
import { backendProxy } from "./backend-proxy.ts";
import type { Site } from "./site.ts";
import { telemetryRelay } from "./telemetry-relay.ts";

export interface AppOptions {
  site: Site;
  version: string;
  /** `deployment.environment.name` of the page's telemetry. */
  environment: string;
  backendUrl: string;
  collectorUrl: string;
  /** Proxies in front whose `X-Forwarded-For` tells the visitor's address. */
  trustProxy?: number;
  /** Telemetry requests a minute from one address. */
  telemetryPerMinute?: number;
}

/** The page's server: static files, `/api` to the backend, `/telemetry` to the Collector, `/health`. */
export function createApp({ site, version, environment, backendUrl, collectorUrl, trustProxy = 0, telemetryPerMinute = 600 }: AppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", trustProxy);
  app.get("/health", (_request, response) => void response.setHeader("cache-control", "no-store").json({ status: "ok", service: "helloagents-frontend", version }));
  app.use(backendProxy(backendUrl));
  app.use("/telemetry", telemetryRelay({ collectorUrl, perMinute: telemetryPerMinute, environment }));
  app.use(securityHeaders());

  app.get("/telemetry.js", (_request, response) => {
    if (site.telemetryScript === undefined) return void response.status(404).type("text/plain").send("Not built. Run: npm run build -w services/telemetry-web\n");
    response.setHeader("cache-control", "no-cache").type("text/javascript").send(site.telemetryScript);
  });
  // Source maps stay in dist for whoever uploads them; visitors do not get the sources.
  app.get(/\.map$/, (_request, response) => notFound(response));
  // Names carry a hash of the content, so a name never changes its meaning.
  app.use("/assets", express.static(join(site.dist, "assets"), { index: false, immutable: true, maxAge: "1y" }), (_request, response) => notFound(response));
  app.use(express.static(site.dist, { index: false, maxAge: "1h", redirect: false, setHeaders: (response, path) => void (path.endsWith(".html") && response.setHeader("cache-control", "no-cache")) }));
  app.get(/.*/, (request, response) => {
    if (!request.accepts("html")) return notFound(response);
    response.setHeader("cache-control", "no-cache").type("text/html").send(site.html);
  });
  app.use((_request, response) => notFound(response));
  app.use(answerError);
  return app;
}

function securityHeaders(): express.RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'self'"], imgSrc: ["'self'", "data:"], objectSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"] },
    },
    // This server speaks plain HTTP; who ends TLS in front of it decides about this.
    strictTransportSecurity: false,
  });
}

function notFound(response: express.Response): void {
  response.status(404).json({ error: { code: "not_found", message: "There is nothing at this address." } });
}

/** Body limits and unreadable requests; what the proxy has answered already comes by here too. */
const answerError: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  if (response.headersSent) return;
  const status = error.status && error.status >= 400 && error.status < 500 ? error.status : 500;
  const codes: Record<number, string> = { 413: "too_large", 415: "unsupported_media_type" };
  response.status(status).json({ error: { code: codes[status] ?? (status < 500 ? "bad_request" : "internal"), message: status === 413 ? "The body is larger than 1 MiB." : "The request could not be handled." } });
};
