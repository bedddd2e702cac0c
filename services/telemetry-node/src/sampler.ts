/** Which traces are recorded: those of OTEL_TRACES_SAMPLER, without requests that only ask whether the service is alive. */
import { SpanKind, trace, TraceFlags } from "@opentelemetry/api";
import { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, SamplingDecision, TraceIdRatioBasedSampler, type Sampler } from "@opentelemetry/sdk-trace";
import { ATTR_URL_PATH } from "@opentelemetry/semantic-conventions";
import type { SamplerSettings } from "./settings.ts";

export function createSampler({ name, ratio }: SamplerSettings, ignorePaths: string[]): Sampler {
  const configured = samplerByName(name, ratio);
  return ignorePaths.length === 0 ? configured : withoutPaths(configured, ignorePaths);
}

/** Built here since NodeSDK keeps to itself what it reads from the environment. */
function samplerByName(name: SamplerSettings["name"], ratio: number): Sampler {
  const root = name.endsWith("always_off") ? new AlwaysOffSampler() : name.endsWith("traceidratio") ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
  return name.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

/**
 * Drops the server span of a request to one of `paths`, whatever its caller decided, and everything below it. A span whose parent
 * in this process was not sampled is such a child: every sampler above agrees with its own decision within one trace, so none of them
 * would have sampled it, except `always_on`, which drops nothing by itself.
 */
function withoutPaths(inner: Sampler, paths: string[]): Sampler {
  const isIgnored = pathMatcher(paths);
  const drop = { decision: SamplingDecision.NOT_RECORD };
  return {
    shouldSample(context, traceId, name, kind, attributes, links) {
      const path = kind === SpanKind.SERVER ? attributes[ATTR_URL_PATH] : undefined;
      if (typeof path === "string" && isIgnored(path)) return drop;
      const parent = trace.getSpanContext(context);
      if (parent?.traceId === traceId && parent.isRemote !== true && (parent.traceFlags & TraceFlags.SAMPLED) === 0) return drop;
      return inner.shouldSample(context, traceId, name, kind, attributes, links);
    },
    toString: () => `WithoutPaths{${paths.join(",")};${inner.toString()}}`,
  };
}

/** `/a` is that path alone, `/a/*` is everything below `/a/`. */
function pathMatcher(paths: string[]): (path: string) => boolean {
  const exact = new Set(paths.filter((path) => !path.endsWith("/*")));
  const prefixes = paths.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1));
  return (path) => exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
}
