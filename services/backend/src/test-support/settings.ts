import { readSettings } from "../settings.ts";
import type { Settings } from "../settings.ts";

/** Defaults on a free port, with what a test changes. */
export function testSettings(changes: Partial<Settings> = {}): Settings {
  return { ...readSettings({}), port: 0, sandboxPoolSize: 2, sandboxTimeoutMs: 500, assistantTimeoutMs: 1_000, ...changes };
}
