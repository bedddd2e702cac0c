import type { RequestSpan, RequestTracer } from "./requests.ts";

/** Wraps `window.fetch`. Whatever goes wrong in here, the browser's own fetch is called as the page wanted it. */
export function watchFetch(requests: RequestTracer): void {
  const original = window.fetch;
  if (typeof original !== "function") return;
  window.fetch = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    let span: RequestSpan | undefined;
    let args: Parameters<typeof original> = init === undefined ? [input] : [input, init];
    try {
      const request = input instanceof Request ? input : undefined;
      span = requests.start(init?.method ?? request?.method ?? "GET", request ? request.url : String(input));
      if (span?.traceparent) args = withHeader(input, init, span.traceparent);
    } catch {
      // A URL that does not parse, for one: fetch itself says so to the page.
    }
    const response = original.apply(window, args);
    if (!span) return response;
    const { end } = span;
    // The derived promise is returned, so that a rejection nobody handles is still seen as such.
    return response.then(
      (answer) => {
        // Opaque answers show 0.
        end(answer.status || 200);
        return answer;
      },
      (error: unknown) => {
        end(0, error);
        throw error;
      },
    );
  };
}

/** The same call with one more header; the page's own objects stay untouched, a `traceparent` that it sets itself wins. */
function withHeader(input: RequestInfo | URL, init: RequestInit | undefined, traceparent: string): [RequestInfo | URL, RequestInit] {
  // A Request also works as `init`; its fields are getters, so it cannot be spread.
  if (init instanceof Request) return withHeader(new Request(input, init), undefined, traceparent);
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  if (!headers.has("traceparent")) headers.set("traceparent", traceparent);
  return [input, { ...init, headers }];
}
