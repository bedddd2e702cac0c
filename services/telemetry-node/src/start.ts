/** Starts telemetry in this thread, in the order of this file. Called once by the entry, which catches whatever goes wrong. */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { watchUncaught } from "./exceptions.ts";
import { flushAtEnd } from "./process-end.ts";
import { startSdk } from "./sdk.ts";
import { readSettings } from "./settings.ts";

export function start(say: (text: string) => void): void {
  const { settings, complaints } = readSettings(process.env);
  for (const complaint of complaints) say(complaint);

  const { pipeline, shutdown } = startSdk(settings, process.env, say);
  patchBuiltins();
  watchUncaught();
  flushAtEnd({ pipeline, flushTimeoutMs: settings.flushTimeoutMs, flushSdk: settings.leftToSdk.length > 0 ? shutdown : undefined });
}

/**
 * Instrumentations patch a built-in module when it is `require`d next. An application that only `import`s it never does, so it is
 * required here, and its named ESM exports are brought up to date.
 */
function patchBuiltins(): void {
  const require = createRequire(__filename);
  for (const name of ["http", "https"]) require(name);
  syncBuiltinESMExports();
}
