import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** As `mkdir -p`. Not Node's own way: below /proc, where nothing can be made, that never ends. @throws what mkdir(2) says */
export function makeFolder(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path), mode);
  mkdirSync(path, { mode });
}
