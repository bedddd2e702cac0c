import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from "express";
import { ApiError, errorCodes } from "./errors.ts";
import { isDatabaseUnavailable } from "./database/unavailable.ts";

/** Sends `{"error":{...}}`; texts are those of {@link errorCodes}, so nothing internal leaves with them. */
export function answerError(res: Response, error: ApiError): void {
  const { status, message } = errorCodes[error.code];
  if (status === 503) res.setHeader("Retry-After", "1");
  res.status(status).json({ error: { code: error.code, message, ...(error.details === undefined ? {} : { details: error.details }) } });
}

/**
 * Wraps a handler. A client's mistake (4xx) is answered here and goes no further; everything else reaches express's
 * error handling, where error tracking listens: a wrong token is no exception, a dead database is one.
 */
export function route(work: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return async (req, res) => {
    try {
      await work(req, res);
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return answerError(res, error);
      throw isDatabaseUnavailable(error) ? new ApiError("DATABASE_UNAVAILABLE", { cause: error, reason: `the database does not answer: ${textOf(error)}` }) : error;
    }
  };
}

/** Like {@link route} for a middleware: calls `next` when `work` succeeds. */
export function step(work: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return async (req, res, next) => {
    let done = false;
    await route(async () => {
      await work(req, res);
      done = true;
    })(req, res, next);
    if (done) next();
  };
}

/** The last middleware: one log line with the stack, one answer without it. */
export const errorHandler: ErrorRequestHandler = (error: unknown, req: Request, res: Response, next: NextFunction) => {
  const known = error instanceof ApiError ? error : new ApiError("INTERNAL", { cause: error });
  console.error(`${req.method} ${req.path} ${known.status} ${known.code}:`, error);
  // Express closes the connection when an answer has already begun.
  if (res.headersSent) return next(error);
  answerError(res, known);
};

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
