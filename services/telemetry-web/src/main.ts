import { inertApi } from "./api.ts";
import { configElementId, parseConfig } from "./config.ts";
import { start } from "./start.ts";

/** Loaded twice, a page would report everything twice. */
if (!window.helloagentsTelemetry) {
  try {
    window.helloagentsTelemetry = start(parseConfig(document.getElementById(configElementId)?.textContent ?? null, document.baseURI));
  } catch (error) {
    window.helloagentsTelemetry = inertApi;
    console.warn(`helloagents telemetry is off: ${error instanceof Error ? error.message : String(error)}`);
  }
}
