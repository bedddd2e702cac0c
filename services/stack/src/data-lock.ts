import { type Holder, isHolderAlive, type Lock, takeLock } from "./lock.ts";
import type { Terminal } from "./terminal.ts";
import { UserError } from "./user-error.ts";

const cleanUp_ms = 20_000;

/**
 * Takes the lock of a data folder. When the stack that held it was killed and its children are still being ended, waits for that.
 * Throws UserError when another stack runs on the folder.
 */
export async function awaitCleanUp(file: string, data: string, out: Terminal): Promise<Lock> {
  const deadline = Date.now() + cleanUp_ms;
  let told = false;
  for (;;) {
    const taken: Lock | Holder = takeLock(file);
    if ("release" in taken) return taken;
    if (isHolderAlive(taken)) throw new UserError(`a stack already runs on ${data} (process ${taken.pid}). End it (kill ${taken.pid}), or choose another folder with --data.`);
    if (Date.now() > deadline) throw new UserError(`what is left of an earlier stack on ${data} does not end (process ${String(taken.helper)}). End it, or choose another folder with --data.`);
    if (!told) out.line("an earlier stack on this data folder was killed; waiting until its parts have ended");
    told = true;
    await new Promise((resume) => setTimeout(resume, 200));
  }
}
