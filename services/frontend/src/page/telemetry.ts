/** The part of `window.helloagentsTelemetry` that the page uses; absent when the script is not there. */
export interface Telemetry {
  setUser(id: string | null): void;
  captureException(error: unknown, attributes?: Record<string, unknown>): void;
}

declare global {
  interface Window {
    helloagentsTelemetry?: Telemetry;
  }
}
