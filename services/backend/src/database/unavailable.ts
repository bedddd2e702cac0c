/** Codes of Node's sockets for "no connection". */
const socketCodes = new Set(["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * Whether an error of `pg` means that the database is away or cannot take work now, rather than that a query is wrong.
 * PostgreSQL classes 08 (connection), 53 (resources) and 57P (shutdown): PostgreSQL documentation, appendix A.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isDatabaseUnavailable);
  const code = "code" in error ? String(error.code) : "";
  if (socketCodes.has(code) || /^(08|53|57P0)/.test(code)) return "syscall" in error || !socketCodes.has(code);
  // pg has no codes for what it finds out itself; these are its and pg-pool's texts.
  return /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/.test(error.message);
}
