import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { CannotRun } from "../failure.ts";

/** An editor writes a file in several steps. */
const QUIET_MS = 100;

/** Runs `work` now and whenever a file of `paths` (or in a folder of them) has changed, until this process is ended. Faults are printed, not thrown. */
export function watchFiles(paths: () => readonly string[], work: () => Promise<unknown>): Promise<never> {
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let hasChanged = false;

  const changed = (): void => {
    hasChanged = true;
    clearTimeout(timer);
    timer = setTimeout(() => void round(), QUIET_MS);
  };
  const round = async (): Promise<void> => {
    if (isRunning || !hasChanged) return;
    [isRunning, hasChanged] = [true, false];
    for (const each of watchers) each.close();
    // Folders, not files: a file that is replaced (as editors do, and mounts) is another file.
    watchers = [...new Set(paths().map(folderOf))].flatMap((folder) => (folder === undefined ? [] : [watch(folder, changed)]));
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      console.error(error.message);
    }
    isRunning = false;
    console.log(`${new Date().toLocaleTimeString()}  waiting for a change; Ctrl-C ends it`);
    if (hasChanged) changed();
  };
  changed();
  return new Promise(() => {});
}

function folderOf(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? path : dirname(path);
  } catch {
    return undefined;
  }
}
