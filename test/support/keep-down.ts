import type { Stack } from "./stack.ts";

/** Kills a part with -9 again each time the supervisor brings it back, until `until` is aborted. */
export async function keepDown(stack: Stack, name: string, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const { pid } = await stack.part(name);
    try {
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch {
      // It was gone already; the state file is a moment behind.
    }
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
