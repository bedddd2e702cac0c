/**
 * Every error that a client of the API can meet, in one place; the README has an entry for each (a test compares both).
 * Answers have the shape `{"error":{"code","message","details"?}}`.
 */
export const errorCodes = {
  INVALID_REQUEST: { status: 400, message: "The request does not have the expected form; see details." },
  INVALID_JSON: { status: 400, message: "The request body is not valid JSON." },
  PROJECT_LIMIT_REACHED: { status: 400, message: "This account has reached its number of projects. Delete one first." },
  UNAUTHENTICATED: { status: 401, message: "Sign in first: send `Authorization: Bearer <token>` with a token that has not expired." },
  NOT_FOUND: { status: 404, message: "There is no such address in this API." },
  PROJECT_NOT_FOUND: { status: 404, message: "This account has no such project." },
  BODY_TOO_LARGE: { status: 413, message: "The request body is larger than 256 kB." },
  CODE_TOO_LARGE: { status: 413, message: "The code is longer than 100,000 characters." },
  UNSUPPORTED_BODY: { status: 415, message: "Send the body as `Content-Type: application/json` in UTF-8." },
  RATE_LIMITED: { status: 429, message: "Too many requests. Wait as long as the Retry-After header says." },
  INTERNAL: { status: 500, message: "Something went wrong on our side. It has been reported." },
  ASSISTANT_UNREACHABLE: { status: 502, message: "The assistant could not be reached. Try again in a moment." },
  ASSISTANT_FAILED: { status: 502, message: "The assistant's provider refused the request or failed. Try again in a moment." },
  ASSISTANT_BAD_ANSWER: { status: 502, message: "The assistant's provider gave an answer that could not be understood." },
  DATABASE_UNAVAILABLE: { status: 503, message: "The database does not answer. Try again in a moment." },
  SANDBOX_BUSY: { status: 503, message: "All sandboxes are in use. Try again in a moment." },
  SANDBOX_UNAVAILABLE: { status: 503, message: "The sandbox could not run the code. Try again in a moment." },
  SHUTTING_DOWN: { status: 503, message: "The service is being stopped. Try again in a moment." },
  ASSISTANT_TIMEOUT: { status: 504, message: "The assistant did not answer in time. Try again in a moment." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** An error with a code of {@link errorCodes}. `reason` is for the log and the trace, never for the client. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: unknown;

  constructor(code: ErrorCode, options: { reason?: string; details?: unknown; cause?: unknown } = {}) {
    super(options.reason ?? errorCodes[code].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ApiError";
    this.code = code;
    this.status = errorCodes[code].status;
    this.details = options.details;
  }
}
