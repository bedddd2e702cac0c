/** OTEL_PROPAGATORS, with `sentry` beside the ones OpenTelemetry documents. Packages of others than the default two are loaded only when asked for. */
import { createRequire } from "node:module";
import type * as SentryOpenTelemetry from "@sentry/opentelemetry";
import { context, isSpanContextValid, trace, TraceFlags, type TextMapPropagator } from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";

const SENTRY_TRACE = "sentry-trace";

/** Undefined: the SDK's default or its own reading of the variable will do. Null: no propagation. */
export function createPropagator(names: string[] | undefined): TextMapPropagator | null | undefined {
  if (names === undefined) return undefined;
  if (names.includes("none")) return null;
  return new CompositePropagator({ propagators: names.map(byName) });
}

function byName(name: string): TextMapPropagator {
  if (name === "tracecontext") return new W3CTraceContextPropagator();
  if (name === "baggage") return new W3CBaggagePropagator();
  if (name === "sentry") return sentryPropagator();
  // The b3 package belongs to sdk-node; it is found where that one is.
  const { B3Propagator, B3InjectEncoding } = createRequire(require.resolve("@opentelemetry/sdk-node"))("@opentelemetry/propagator-b3") as {
    B3Propagator: new (config?: object) => TextMapPropagator;
    B3InjectEncoding: { MULTI_HEADER: unknown };
  };
  return name === "b3multi" ? new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }) : new B3Propagator();
}

/**
 * SentryPropagator made to work without a Sentry client beside it, so that services on the Sentry SDK and this one share a trace:
 * - going out, it needs its context to be the active one and writes nothing without a client: then the header is written here,
 *   always from the span that `traceparent` names;
 * - coming in, a header without a decision ("not sampled yet") leaves the decision to us instead of dropping the trace, and Sentry's
 *   sampling data stays in the baggage where it came from instead of becoming an invalid `tracestate`.
 */
function sentryPropagator(): TextMapPropagator {
  const { SentryPropagator } = require("@sentry/opentelemetry") as typeof SentryOpenTelemetry;
  const propagator = new SentryPropagator();
  return {
    fields: () => propagator.fields(),
    inject(ctx, carrier, setter) {
      const span = trace.getSpanContext(ctx);
      if (!span || !isSpanContextValid(span)) return;
      context.with(ctx, () => propagator.inject(context.active(), carrier, setter));
      const sampled = (span.traceFlags & TraceFlags.SAMPLED) === 0 ? 0 : 1;
      setter.set(carrier, SENTRY_TRACE, `${span.traceId}-${span.spanId}-${sampled}`);
    },
    extract(ctx, carrier, getter) {
      const header = [getter.get(carrier, SENTRY_TRACE)].flat()[0]?.trim();
      if (!header) return ctx;
      const extracted = propagator.extract(ctx, carrier, getter);
      const span = trace.getSpanContext(extracted);
      if (!span || span === trace.getSpanContext(ctx)) return extracted;
      const undecided = !/-[01]$/.test(header);
      return trace.setSpanContext(extracted, {
        traceId: span.traceId,
        spanId: span.spanId,
        traceFlags: undecided ? TraceFlags.SAMPLED : span.traceFlags,
        isRemote: true,
      });
    },
  };
}
