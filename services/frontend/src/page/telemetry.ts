/** The part of `window.helloagentsTelemetry` that the page uses. */
interface Telemetry {
  setUser(id: string | null): void;
  captureException(error: unknown, attributes?: Record<string, unknown>): void;
}

/** The telemetry script's calls; undefined when it is not there. */
export function telemetry(): Telemetry | undefined {
  return (window as { helloagentsTelemetry?: Telemetry }).helloagentsTelemetry;
}
