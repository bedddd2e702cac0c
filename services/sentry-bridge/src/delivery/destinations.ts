import type { Dsn } from "../dsn.ts";
import type { Attributes } from "../otlp/model.ts";
import type { Settings } from "../settings.ts";
import type { Upstream, UpstreamState } from "./upstream.ts";

/** A Sentry project and the connection to it. */
export interface Destination {
  dsn: Dsn;
  upstream: Upstream;
}

export interface Destinations {
  /** Where what this resource sends goes. `known` is false when routes are given and none names it. */
  of: (resource: Attributes) => Destination & { known: boolean };
  /** Each DSN once. */
  all: Destination[];
  /** By the DSN's label, which holds no key. */
  states: () => Record<string, UpstreamState>;
}

/** One connection per DSN, however many services share it: its rate limits and failures are theirs together. */
export function createDestinations({ dsn, pageDsn, routes }: Pick<Settings, "dsn" | "pageDsn" | "routes">, connect: (dsn: Dsn) => Upstream): Destinations {
  const byDsn = new Map<string, Destination>();
  const destination = (to: Dsn): Destination => {
    const key = `${to.endpoint.href} ${to.publicKey}`;
    const made = byDsn.get(key) ?? { dsn: to, upstream: connect(to) };
    byDsn.set(key, made);
    return made;
  };
  const services = destination(dsn);
  const page = destination(pageDsn);
  const routed = [...routes].map(([attribute, values]) => ({ attribute, values: new Map([...values].map(([value, to]) => [value, destination(to)])) }));
  const anyRoute = routed.some(({ values }) => values.size > 0);
  const all = [...byDsn.values()];
  return {
    of(resource) {
      for (const { attribute, values } of routed) {
        const route = values.get(String(resource.get(attribute) ?? ""));
        if (route) return { ...route, known: true };
      }
      const known = !anyRoute || isPage(resource);
      return { ...(isPage(resource) ? page : services), known };
    },
    all,
    states: () => Object.fromEntries(all.map(({ dsn: { label }, upstream }) => [label, upstream.state()])),
  };
}

/** Browsers have a project of their own, as their source maps and releases do. */
export function isPage(resource: Attributes): boolean {
  return resource.get("telemetry.sdk.language") === "webjs" || resource.get("service.name") === "helloagents-web";
}
