import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { readSettings } from "./settings.ts";

/** Everything must have ended this long after a signal. */
const end_ms = 4_700;

const starting = new AbortController();
let backend: Backend | undefined;
let ending = false;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (ending) return;
    ending = true;
    // The loop normally empties by itself, which leaves what is preloaded time for its last export.
    setTimeout(() => process.exit(0), end_ms).unref();
    starting.abort();
    void backend?.close();
  });
}

try {
  backend = await startBackend(readSettings(process.env), starting.signal);
  if (ending) await backend.close();
  else console.log(`backend listening on ${backend.url}`);
} catch (error) {
  if (!ending) {
    console.error(`backend: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
