import { CannotRun } from "../failure.ts";
import { command } from "../run/control.ts";

/** `pipeline reload`. Resolves with the exit code: 0 the new files are in force, 1 they are not, 2 could not run. */
export async function reloadCommand(options: { runDir?: string; watch: string }): Promise<number> {
  const watch_s = Number(options.watch);
  if (!(watch_s >= 1 && watch_s <= 600)) throw new CannotRun(`--watch ${options.watch}: give seconds from 1 to 600.`);
  return await command(options.runDir, "reload", { watch_s }, (line) => console.log(line));
}
