/** `window.helloagentsTelemetry`. Every function can be called at any time and never throws. */
export interface PageApi {
  /** Puts `user.id` on every later span and log record; null when the user signs out. Use an id, not an e-mail address. */
  setUser(id: string | null): void;
  /** Reports a caught error, for example from a React error boundary. */
  captureException(error: unknown, attributes?: Record<string, unknown>): void;
  /** Sends what waits; resolves when it has been sent or put aside for a retry. */
  flush(): Promise<void>;
}

declare global {
  interface Window {
    helloagentsTelemetry?: PageApi;
  }
}

/** What a page gets when telemetry could not start: the same functions, without effect. */
export const inertApi: PageApi = { setUser() {}, captureException() {}, flush: () => Promise.resolve() };
