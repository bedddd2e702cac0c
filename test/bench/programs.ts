import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** As named by <PROGRAM>_BIN, else from the project's cache, which `npm start` fills. */
export function program(name: "prometheus" | "promtool"): string {
  const path = process.env[`${name.toUpperCase()}_BIN`] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), `helloagents/bin/${name}-3.16.0`);
  if (!existsSync(path)) throw new Error(`there is no ${path}; \`npm start\` fetches or builds it, or name yours in ${name.toUpperCase()}_BIN`);
  return path;
}
