import type { ErrorRequestHandler } from "express";

/** An answer that is not 2xx; the message is for the caller to read. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Every error leaves as JSON `{"error": "..."}`; details of our own faults stay in the log. */
export const answerErrors: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) return next(error);
  const status = statusOf(error);
  if (status >= 500) console.error(`console: ${req.method} ${req.path}:`, error);
  res.status(status).json({ error: status < 500 && error instanceof Error ? error.message : "the console failed on this request; its log has the reason" });
};

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  // express marks what the caller did wrong (a malformed %-escape in the path) the same way.
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
