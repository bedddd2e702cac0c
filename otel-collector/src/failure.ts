/** What keeps a command from doing its work: bad input, a missing binary. One line that names the place and what to do; exit code 2. */
export class CannotRun extends Error {
  override name = "CannotRun";
}

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
