/** Events kept by the early snippet (`early.ts`) until this bundle ran. */
declare global {
  interface Window {
    __helloagentsEarly?: (ErrorEvent | PromiseRejectionEvent)[] | undefined;
  }
}

/** Calls `report` for each uncaught error and unhandled rejection, first for those that came before the bundle. */
export function watchUncaught(report: (thrown: unknown) => void): void {
  const early = window.__helloagentsEarly;
  // The snippet's listeners push only while the list is there.
  window.__helloagentsEarly = undefined;
  if (Array.isArray(early)) for (const event of early.slice(0, 50)) report(thrownBy(event));
  window.addEventListener("error", (event) => report(thrownBy(event)));
  window.addEventListener("unhandledrejection", (event) => report(event.reason));
}

function thrownBy(event: ErrorEvent | PromiseRejectionEvent): unknown {
  if ("reason" in event) return event.reason;
  if (event.error !== undefined && event.error !== null) return event.error;
  // A script of another origin without CORS: the browser tells "Script error." and no place.
  const { message, filename, lineno, colno } = event;
  const stack = filename ? `Error: ${message}\n    at ${filename}:${lineno}:${colno}` : undefined;
  return { name: "Error", message, stack };
}
