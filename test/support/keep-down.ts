import { eventually } from "./eventually.ts";
import type { Part, Stack } from "./stack.ts";

/** Kills a part with -9, once, and waits until the supervisor has brought it back. */
export async function killOnce(stack: Stack, name: string): Promise<void> {
  const { restarts } = await eventually(`${name} to be killed`, async () => {
    const part = await stack.part(name);
    return kill(part) && part;
  });
  await eventually(`${name} again`, async () => {
    const part = await stack.part(name);
    return part.state === "ready" && part.restarts > restarts;
  });
}

/** Kills a part with -9 again each time the supervisor brings it back, until `until` is aborted. */
export async function keepDown(stack: Stack, name: string, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    kill(await stack.part(name));
    await new Promise((resume) => setTimeout(resume, 100));
  }
}

/** False: it was gone already, and the state file is a moment behind. */
function kill({ pid }: Part): boolean {
  try {
    return pid !== undefined && process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
