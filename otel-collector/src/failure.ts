/** What keeps a command from doing its work: bad input, a missing binary. One line that names the place and what to do; exit code 2. */
export class CannotRun extends Error {
  override name = "CannotRun";
}

const REMEDIES: Record<string, string> = {
  EACCES: "Give yourself the right to use it, or give another.",
  EISDIR: "Give a file, not a folder.",
};

/** What kept a file that somebody named from being read or written, and what to do. */
export const fileFault = (name: string, what: "read" | "written", error: unknown): CannotRun =>
  new CannotRun(`${name}: cannot be ${what} (${messageOf(error)}). ${REMEDIES[(error as NodeJS.ErrnoException).code ?? ""] ?? "Check the path."}`);

/** The message of anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
