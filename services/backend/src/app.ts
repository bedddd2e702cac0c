import express from "express";
import type { Express, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import helmet from "helmet";
import type { Assistant } from "./assistant/assistant.ts";
import { answerError, errorHandler } from "./error-answers.ts";
import { ApiError } from "./errors.ts";
import { failConnections, failRequests, faultRoutes } from "./faults/routes.ts";
import type { Faults } from "./faults/faults.ts";
import { health } from "./health.ts";
import { metricsPage } from "./metrics-page.ts";
import { askAssistant } from "./routes/assistant-messages.ts";
import { demoErrorRoutes } from "./routes/demo-errors.ts";
import { runCode } from "./routes/executions.ts";
import { projectRoutes } from "./routes/projects.ts";
import { noticeSession, requireSession, sessionOf, sessionRoutes, signIn } from "./routes/sessions.ts";
import type { SessionParts } from "./routes/sessions.ts";
import type { SandboxPool } from "./sandbox/pool.ts";
import type { Settings } from "./settings.ts";

export interface AppParts extends SessionParts {
  sandbox: SandboxPool;
  assistant: Assistant;
  /** Undefined where faults cannot be switched on. */
  faults: Faults | undefined;
  stopping(): boolean;
}

/** The HTTP interface, see the README for its addresses. */
export function createApp(settings: Settings, parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", settings.trustProxy);
  app.set("query parser", "simple");
  app.use(helmet());
  const { faults } = parts;
  if (faults !== undefined) app.use("/faults", jsonBody(), faultRoutes(faults)).use(failConnections(faults));
  app.get("/health", health(parts));
  app.get("/metrics", metricsPage(settings.prometheusExporterPort));

  const signedIn = requireSession(parts);
  const costly = perMinute(settings.rateLimitPerMinute && settings.rateLimitCostlyPerMinute, (_req, res) => sessionOf(res).id);
  app.use("/api", perMinute(settings.rateLimitPerMinute, (req) => ipKeyGenerator(req.ip ?? "")), jsonBody());
  if (faults !== undefined) app.use("/api", failRequests(faults));
  app.post("/api/sessions", signIn(parts));
  app.use("/api/session", signedIn, sessionRoutes(parts));
  app.use("/api/projects", signedIn, projectRoutes(parts));
  app.post("/api/executions", signedIn, costly, runCode(parts));
  app.post("/api/assistant/messages", signedIn, costly, askAssistant(parts));
  if (settings.demoErrors) app.use("/api/demo/errors", noticeSession(parts), demoErrorRoutes());
  app.use((_req, res) => answerError(res, new ApiError("NOT_FOUND")));
  app.use(errorHandler);
  return app;
}

/** Reads JSON bodies up to 256 kB. What the client got wrong is answered here and is no exception. */
function jsonBody(): RequestHandler {
  const parse = express.json({ limit: "256kb" });
  return (req, res, next) =>
    parse(req, res, (error?: unknown) => {
      if (error === undefined) return next();
      const status = error instanceof Error && "status" in error ? error.status : undefined;
      if (status === 413) return answerError(res, new ApiError("BODY_TOO_LARGE"));
      if (status === 415) return answerError(res, new ApiError("UNSUPPORTED_BODY"));
      if (status === 400) return answerError(res, new ApiError("INVALID_JSON"));
      return next(error);
    });
}

type KeyOf = NonNullable<NonNullable<Parameters<typeof rateLimit>[0]>["keyGenerator"]>;

function perMinute(limit: number, keyGenerator: KeyOf): RequestHandler {
  if (limit === 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit,
    keyGenerator,
    standardHeaders: "draft-7",
    legacyHeaders: false,
    handler: (_req, res) => answerError(res, new ApiError("RATE_LIMITED", { details: { limit, perSeconds: 60 } })),
  });
}
