/** An error that a person can repair: its message says what is wrong, where, and what to do. It is shown without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The error that an error was caused by in the end; fetch hides "connection refused" behind "fetch failed". */
export function rootCause(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause !== undefined ? rootCause(thrown.cause) : thrown;
}
