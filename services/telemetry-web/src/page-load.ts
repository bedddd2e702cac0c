import { ROOT_CONTEXT, SpanKind, trace, type Tracer } from "@opentelemetry/api";
import type { Activities } from "./activity.ts";
import { maskPath, maskUrl } from "./mask.ts";

/** A page can load thousands of files; the first ones tell what a visitor waited for. */
const maxResources = 40;

/**
 * One trace per page load: `documentLoad` with `documentFetch` and one `resourceFetch` per file (names as in OpenTelemetry's
 * document-load instrumentation). Requests that the page starts while loading join it.
 */
export function watchPageLoad(tracer: Tracer, activities: Activities, urlTemplate: string, endpoint: string): void {
  const url = new URL(location.href);
  const root = tracer.startSpan("documentLoad", {
    startTime: performance.timeOrigin,
    attributes: { "url.full": maskUrl(url), "url.path": maskPath(url), "url.template": urlTemplate },
  }, ROOT_CONTEXT);
  const loaded = activities.begin(root, true);

  const finish = (): void => {
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const parent = trace.setSpan(ROOT_CONTEXT, root);
    if (navigation) {
      for (const name of ["domInteractive", "domContentLoadedEventEnd", "domComplete", "loadEventEnd"] as const) {
        if (navigation[name] > 0) root.addEvent(name, performance.timeOrigin + navigation[name]);
      }
      root.setAttribute("browser.navigation.type", navigation.type);
      const span = tracer.startSpan("documentFetch", { kind: SpanKind.CLIENT, startTime: performance.timeOrigin + navigation.fetchStart, attributes: sizes(navigation) }, parent);
      span.end(performance.timeOrigin + navigation.responseEnd);
    }
    const resources = (performance.getEntriesByType("resource") as PerformanceResourceTiming[]).filter(
      ({ initiatorType, name }) => initiatorType !== "fetch" && initiatorType !== "xmlhttprequest" && /^https?:/.test(name) && !name.startsWith(`${endpoint}/`),
    );
    for (const resource of resources.slice(0, maxResources)) {
      const attributes = { "url.full": maskUrl(new URL(resource.name)), "browser.resource.initiator": resource.initiatorType, ...sizes(resource) };
      const span = tracer.startSpan("resourceFetch", { kind: SpanKind.CLIENT, startTime: performance.timeOrigin + resource.startTime, attributes }, parent);
      span.end(performance.timeOrigin + resource.responseEnd);
    }
    loaded();
  };
  // `loadEventEnd` is known only after the event.
  if (document.readyState === "complete") setTimeout(finish, 0);
  else window.addEventListener("load", () => setTimeout(finish, 0), { once: true });
}

function sizes(entry: PerformanceResourceTiming): Record<string, number> {
  return {
    ...(entry.responseStatus ? { "http.response.status_code": entry.responseStatus } : {}),
    "http.response.body.size": entry.encodedBodySize,
  };
}
