/**
 * Calls `probe` until it returns something other than undefined/false, or throws what it last threw at the deadline.
 * Stories wait for the pipeline with this and never sleep a fixed time.
 */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, deadline_ms = 60_000): Promise<T> {
  const end = Date.now() + deadline_ms;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`gave up after ${deadline_ms / 1000} s waiting for: ${what}`, { cause: last });
    await new Promise((resume) => setTimeout(resume, 250));
  }
}
