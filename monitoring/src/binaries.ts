import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { env } from "node:process";

/** The programs that read the files of this part. */
export type Program = "promtool" | "amtool" | "prometheus" | "alertmanager";

/**
 * Path of a program: `<PROGRAM>_BIN` (as PROMTOOL_BIN), else `<program>-<version>` in the project's cache folder
 * (`$XDG_CACHE_HOME/helloagents/bin`; the highest version), else PATH.
 * @throws {Error} naming every place looked at, when there is none.
 */
export function findProgram(program: Program): string {
  const variable = `${program.toUpperCase()}_BIN`;
  const named = env[variable];
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`${variable}=${named} is not an executable file. Correct it, or unset it to use the project's own ${program}.`);
  }
  const cache = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "helloagents", "bin");
  const candidates = [
    ...versionsIn(cache, program),
    ...(env["PATH"] ?? "").split(delimiter).filter(Boolean).map((folder) => join(folder, program)),
  ];
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    `${program} was not found: ${variable} is not set, ${cache} holds no ${program}-<version>, and PATH has none. ` +
      "`npm start` or `npm test` in the repository's root fetches or builds it.",
  );
}

function versionsIn(folder: string, program: Program): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.startsWith(`${program}-`) && /^\d+\.\d+\.\d+$/.test(file.slice(program.length + 1)))
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
