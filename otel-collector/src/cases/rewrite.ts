import type { Components } from "../binary.ts";
import type { Environment } from "../config/environment.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { internalLinks, pipelinesOf, typeOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import { type Door, reachable } from "./reach.ts";

/** One of the sets of pipelines that share a test's Collector. Nothing gets from one to another, not even through a processor's state. */
export interface Copy {
  /** An effective configuration. */
  config: Tree;
  /** Where data will be put in; what it cannot get to is left out. */
  doors: readonly Door[];
}

/** Configurations made fit for a test: same processors and connectors, other ends. */
export interface TestConfig {
  config: Tree;
  /** By copy: the port of each receiver that is a door. */
  ports: ReadonlyMap<string, number>[];
  /** By copy: the exporters; the sink of the n-th is at `<sink>/<copy>/<n>`. */
  exporters: string[][];
  /** What was shortened, to be printed. */
  knobs: string[];
  /** How long to wait at least for what a graceful stop does not bring out; 0 when there is nothing like that. */
  settle_ms: number;
}

/** Where the ends are; one port for each receiver of each copy. */
export interface Ends {
  ports: readonly number[];
  sinkUrl: string;
}

/** Times that a graceful stop does not cut short, by component type without underscores. */
const TICKING: Record<string, string> = { spanmetrics: "metrics_flush_interval", interval: "interval" };
/** Times that it does cut short. With something ticking behind them that is too late. */
const HOLDING: Record<string, string> = { batch: "timeout", tailsampling: "decision_wait", groupbytrace: "wait_duration" };
const SHORT_MS = 100;

const receiversOf = ({ doors }: Copy): string[] => [...new Set(doors.map(({ receiver }) => receiver))];

/** How many ports these need. */
export const portsNeeded = (copies: readonly Copy[]): number => copies.reduce((sum, copy) => sum + receiversOf(copy).length, 0);

/**
 * Receivers become OTLP/HTTP ports, exporters become sinks, extensions and the Collector's own telemetry go.
 * An exporter that sends to a receiver of this same Collector becomes a `forward` connector, and a sink as well: the detour's queue
 * would still hold items when the stop, which is the test's barrier, has closed its receiver.
 * @throws CannotRun when the Collector lacks what this needs.
 */
export function rewrite(copies: readonly Copy[], env: Environment, components: Components, ends: Ends): TestConfig {
  const sinkType = components.exporters.find((name) => name === "otlp_http") ?? components.exporters.find((name) => name === "otlphttp");
  if (sinkType === undefined || !components.receivers.includes("otlp")) throw new CannotRun("This Collector has no otlp receiver or no otlp_http exporter; tests need both. Give another with --collector.");
  const all: TestConfig & { pool: Tree; receivers: Tree; connectors: Tree; sinks: Tree; pipelines: Tree } = { config: {}, ports: [], exporters: [], knobs: [], settle_ms: 0, pool: {}, receivers: {}, connectors: {}, sinks: {}, pipelines: {} };
  const ports = [...ends.ports];

  for (const [index, copy] of copies.entries()) {
    const { config } = copy;
    const own = (id: string): string => (index === 0 ? id : `${id}${id.includes("/") ? "__" : "/__"}${index}`);
    const links = internalLinks(config, env);
    const kept = reachable(config, env, copy.doors);
    if (links.some(({ exporter }) => kept.some(({ exporters }) => exporters.includes(exporter))) && !components.connectors.includes("forward")) {
      throw new CannotRun(`${links[0]?.exporter} sends to ${links[0]?.receiver} of the same Collector; testing that needs the forward connector, which this Collector lacks. Give another with --collector.`);
    }
    const connectors: Tree = { ...treeAt(config, "connectors"), ...Object.fromEntries(links.map(({ receiver }) => [detour(receiver), null])) };
    const internal = new Set(links.map(({ receiver }) => receiver));
    const exporters = [...new Set(kept.flatMap((pipeline) => pipeline.exporters.filter((id) => !(id in connectors))))];
    const sink = (id: string): string => `${sinkType}/sink_${index}_${exporters.indexOf(id)}`;
    const door = (id: string): string => `otlp/given_${index}_${receiversOf(copy).indexOf(id)}`;

    const pipelines = kept.map((pipeline) => {
      const leadsOn = (receiver: string): boolean => kept.some((other) => other.signal === pipeline.signal && other.receivers.includes(receiver));
      const detours = new Set(links.filter(({ exporter, receiver }) => pipeline.exporters.includes(exporter) && leadsOn(receiver)).map(({ receiver }) => detour(receiver)));
      return { ...pipeline, receivers: pipeline.receivers.map((id) => (internal.has(id) ? detour(id) : id)), exporters: [...pipeline.exporters, ...detours] };
    });
    const fed = new Set(pipelines.flatMap((pipeline) => pipeline.exporters));
    const used = Object.fromEntries(Object.entries(connectors).filter(([id]) => fed.has(id)));
    const isTicking = [...pipelines.flatMap(({ processors }) => processors), ...Object.keys(used)].some((id) => plain(id) in TICKING);
    if (isTicking) all.settle_ms = 5 * SHORT_MS;
    const short = (id: string, body: unknown): unknown => (isTicking ? shortened(id, body, all.knobs) : body);
    const names = new Map(pipelinesOf(config).map(({ id }) => [id, own(id)]));
    const doors = new Set(receiversOf(copy));

    all.ports.push(new Map(receiversOf(copy).map((id) => [id, ports.shift() ?? 0])));
    all.exporters.push(exporters);
    for (const id of doors) all.receivers[door(id)] = { protocols: { http: { endpoint: `127.0.0.1:${all.ports[index]?.get(id) ?? 0}`, max_request_body_size: 64 * 1024 * 1024 } } };
    for (const [id, body] of Object.entries(used)) all.connectors[own(id)] = renamed(short(id, body), names);
    for (const [n, id] of exporters.entries()) {
      all.sinks[sink(id)] = { endpoint: `${ends.sinkUrl}/${index}/${n}`, encoding: "json", compression: "none", sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
    }
    for (const { id, receivers, processors, exporters: to } of pipelines) {
      all.pipelines[own(id)] = {
        receivers: receivers.flatMap((each) => (each in connectors ? (fed.has(each) ? [own(each)] : []) : doors.has(each) ? [door(each)] : [])),
        processors: processors.map((each) => shared(all.pool, each, treeAt(config, "processors"), short)),
        exporters: to.map((each) => (each in connectors ? own(each) : sink(each))),
      };
    }
  }
  all.config = {
    receivers: all.receivers,
    processors: all.pool,
    connectors: all.connectors,
    exporters: all.sinks,
    service: { telemetry: { logs: { level: "info", encoding: "console" }, metrics: { level: "none" } }, pipelines: all.pipelines },
  };
  return { ...all, knobs: [...new Set(all.knobs)] };
}

const detour = (receiver: string): string => `forward/detour_${receiver.replaceAll("/", "_")}`;

const plain = (id: string): string => typeOf(id).replaceAll("_", "");

/** Every pipeline has its own instance of a processor, so copies can share the declaration, unless theirs is another one. */
function shared(pool: Tree, id: string, processors: Tree, short: (id: string, body: unknown) => unknown): string {
  if (!(id in processors)) return id;
  const body = short(id, processors[id]);
  for (let n = 1; ; n++) {
    const name = n === 1 ? id : `${id}${id.includes("/") ? "__" : "/__"}${n}`;
    if (!(name in pool)) pool[name] = body;
    if (pool[name] === body || JSON.stringify(pool[name]) === JSON.stringify(body)) return name;
  }
}

/** Connectors that choose (`routing`, `failover`) name pipelines. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, names)])) : value;
}

function shortened(id: string, body: unknown, knobs: string[]): unknown {
  const key = TICKING[plain(id)] ?? HOLDING[plain(id)];
  if (key === undefined) return body;
  knobs.push(`${id}: ${key} ${String(treeAt({ body }, "body")[key] ?? "default")} -> ${SHORT_MS}ms`);
  return { ...(isTree(body) ? body : {}), [key]: `${SHORT_MS}ms` };
}
