/** An error that a person can repair: its message says what is wrong, where, and what to do. It is shown without a stack trace. */
export class UserError extends Error {
  override name = "UserError";
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
