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
  /** Where the exceptions of this resource go. `known` is false when routes are given and none names its service. */
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
  const routed = new Map([...routes].map(([name, to]) => [name, destination(to)]));
  const all = [...byDsn.values()];
  return {
    of(resource) {
      const route = routed.get(String(resource.get("service.name") ?? ""));
      if (route) return { ...route, known: true };
      const known = routed.size === 0 || isPage(resource);
      return { ...(isPage(resource) ? page : services), known };
    },
    all,
    states: () => Object.fromEntries(all.map(({ dsn: { label }, upstream }) => [label, upstream.state()])),
  };
}

/** Browsers have a project of their own, as their source maps and releases do. */
function isPage(resource: Attributes): boolean {
  return resource.get("telemetry.sdk.language") === "webjs" || resource.get("service.name") === "helloagents-web";
}
