import { type Environment, fillIn } from "./environment.ts";
import { isTree, namesAt, type Tree, treeAt } from "./merge.ts";

/** `type` or `type/name`, as the Collector writes component ids. */
export const typeOf = (id: string): string => id.split("/")[0] ?? id;

/** One entry of service.pipelines. */
export interface Pipeline {
  id: string;
  signal: string;
  receivers: string[];
  processors: string[];
  exporters: string[];
}

/** All pipelines of an effective configuration. */
export function pipelinesOf(config: Tree): Pipeline[] {
  return Object.entries(treeAt(treeAt(config, "service"), "pipelines")).map(([id, body]) => ({
    id,
    signal: typeOf(id),
    receivers: namesAt(body, "receivers"),
    processors: namesAt(body, "processors"),
    exporters: namesAt(body, "exporters"),
  }));
}

/** Whether data comes into this pipeline from outside, not from a connector. */
export const hasDoor = (config: Tree, pipeline: Pipeline): boolean => pipeline.receivers.some((id) => !(id in treeAt(config, "connectors")));

/** A receiver of this Collector that an exporter of it sends to. */
export interface InternalLink {
  exporter: string;
  receiver: string;
}

/** Pairs of exporter and receiver whose addresses are the same. */
export function internalLinks(config: Tree, env: Environment): InternalLink[] {
  const receivers = Object.entries(treeAt(config, "receivers")).flatMap(([id, body]) => endpointsIn(body, env).map((address) => ({ id, address })));
  return Object.entries(treeAt(config, "exporters")).flatMap(([exporter, body]) => {
    const targets = new Set(endpointsIn(body, env));
    return [...new Set(receivers.filter(({ address }) => targets.has(address)).map(({ id }) => id))].map((receiver) => ({ exporter, receiver }));
  });
}

/** Whether what `link.receiver` takes in can get to `link.exporter` again. */
export function isCycle(config: Tree, link: InternalLink, links: readonly InternalLink[]): boolean {
  const pipelines = pipelinesOf(config);
  const connectors = treeAt(config, "connectors");
  const seen = new Set<string>();
  const reaches = (receiver: string): boolean => {
    if (seen.has(receiver)) return false;
    seen.add(receiver);
    return pipelines
      .filter((pipeline) => pipeline.receivers.includes(receiver))
      .some((pipeline) => pipeline.exporters.some((id) => id === link.exporter || (id in connectors && reaches(id)) || links.some((other) => other.exporter === id && reaches(other.receiver))));
  };
  return reaches(link.receiver);
}

/** Every address under a key that ends in `endpoint`, in one spelling: host:port, or unix:path. */
export function endpointsIn(body: unknown, env: Environment): string[] {
  if (!isTree(body)) return [];
  return Object.entries(body).flatMap(([key, value]) =>
    /(^|_)endpoint$/.test(key) && typeof value === "string" ? canonical(fillIn(value, env), body["transport"] === "unix") : endpointsIn(value, env),
  );
}

function canonical(endpoint: string, isUnix: boolean): string[] {
  if (isUnix) return [`unix:${endpoint}`];
  const abstract = /^unix-abstract:(.*)$/.exec(endpoint);
  if (abstract) return [`unix:@${abstract[1]}`];
  if (endpoint.startsWith("unix:")) return [endpoint.replace(/^unix:(\/\/)?/, "unix:")];
  const match = /^(?:[a-z+]+:\/\/)?(?:[^/@]*@)?(\[[^\]]*\]|[^:/]*):(\d+)/.exec(endpoint);
  if (!match) return [];
  const host = (match[1] ?? "").replace(/^(localhost|0\.0\.0\.0|\[::1?\]|)$/, "127.0.0.1");
  return [`${host}:${match[2]}`];
}
