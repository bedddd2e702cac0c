import type { RequestTracer } from "./requests.ts";

/** Wraps `open` and `send` of XMLHttpRequest, for libraries that do not use fetch. */
export function watchXhr(requests: RequestTracer): void {
  const { open, send, setRequestHeader } = XMLHttpRequest.prototype;
  const targets = new WeakMap<XMLHttpRequest, { method: string; url: string; hasTraceparent: boolean }>();

  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]) {
    targets.set(this, { method: String(args[0]), url: String(args[1]), hasTraceparent: false });
    return Reflect.apply(open, this, args);
  } as typeof open;

  XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
    const target = targets.get(this);
    if (target && /^traceparent$/i.test(name)) target.hasTraceparent = true;
    return setRequestHeader.call(this, name, value);
  };

  XMLHttpRequest.prototype.send = function (body) {
    try {
      const target = targets.get(this);
      const span = target && requests.start(target.method, target.url);
      if (span) {
        if (span.traceparent && !target.hasTraceparent) setRequestHeader.call(this, "traceparent", span.traceparent);
        let aborted = false;
        this.addEventListener("abort", () => (aborted = true), { once: true });
        this.addEventListener("loadend", () => span.end(this.status, aborted ? { name: "AbortError" } : undefined), { once: true });
      }
    } catch {
      // Telemetry must not keep a request from being sent.
    }
    return send.call(this, body);
  };
}
