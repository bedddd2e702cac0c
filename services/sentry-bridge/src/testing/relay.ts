import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * What Sentry's own normalizer (PyPI `sentry-relay`) says to events: for each the list of its complaints, and of what it would cut or
 * change. `npm test` installs it and names its Python in SENTRY_RELAY_PYTHON.
 * @param events JSON texts
 */
export function normalizerComplaints(events: readonly string[]): string[][] {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "helloagents");
  const python = process.env["SENTRY_RELAY_PYTHON"] || join(cache, "python/sentry-relay/bin/python");
  if (!existsSync(python)) throw new Error(`sentry-relay is not installed (${python}): npm test installs it, or name a Python that has it in SENTRY_RELAY_PYTHON`);
  const { status, stdout, stderr, error } = spawnSync(python, [join(import.meta.dirname, "normalize.py")], { input: events.join("\n"), encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  if (status !== 0) throw new Error(`the normalizer ended with ${status}: ${stderr}`, { cause: error });
  return stdout.trim().split("\n").map((line) => JSON.parse(line) as string[]);
}
