import { delimiter, join } from "node:path";
import { isExecutable } from "./binaries/find.ts";
import { lastLines } from "./log-file.ts";
import { runCommand } from "./run-command.ts";
import { step, type Terminal } from "./terminal.ts";
import { UserError } from "./user-error.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const install_ms = 15 * 60_000;

/**
 * Finds a Chromium for the tests of pages: CHROMIUM, then PATH, then (as root with apt-get) Debian's package is installed.
 * Throws UserError that says what to do.
 */
export async function obtainChromium(env: NodeJS.ProcessEnv, out: Terminal): Promise<string> {
  const named = env["CHROMIUM"];
  if (named) {
    if (!isExecutable(named)) throw new UserError(`CHROMIUM names ${named}, which is no program. Correct it or unset it.`);
    return named;
  }
  const found = onPath(names, env);
  if (found !== undefined) return found;
  const advice = "Install Chromium or Chrome, or name it with the variable CHROMIUM.";
  if (process.getuid?.() !== 0 || onPath(["apt-get"], env) === undefined) throw new UserError(`the tests of pages need Chromium, and none is on PATH. ${advice}`);
  const { result } = await step(out, "Chromium", "installing with apt-get", async () => await runCommand("sh", ["-c", "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium"], { env, timeout_ms: install_ms }));
  const installed = onPath(names, env);
  if (installed === undefined) throw new UserError(`apt-get could not install Chromium (${result.ended}: ${lastLines(result.output, 1).join("")}). ${advice}`);
  return installed;
}

function onPath(programs: string[], env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable);
}
