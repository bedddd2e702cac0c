import { readSettings } from "../settings.ts";
import type { Settings } from "../settings.ts";

/** Defaults on a free port, with what a test changes. Times are long: none may end what a slow machine is only late with. */
export function testSettings(changes: Partial<Settings> = {}): Settings {
  return { ...readSettings({}), port: 0, sandboxPoolSize: 2, assistantTimeoutMs: 30_000, ...changes };
}
