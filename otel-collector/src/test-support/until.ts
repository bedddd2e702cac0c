/**
 * Asks again until `check` answers something truthy, and returns that; no fixed sleeps.
 * @throws Error naming `what` when `timeout_ms` have passed, or what `check` throws.
 */
export async function until<T>(what: string, check: () => T | Promise<T>, timeout_ms = 45_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeout_ms;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`Still not true after ${timeout_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
