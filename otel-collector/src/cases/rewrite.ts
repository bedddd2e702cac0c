import type { Components } from "../binary.ts";
import type { Environment } from "../config/environment.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { internalLinks, pipelinesOf, typeOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";

/** A configuration made fit for a test: same processors and connectors, other ends. */
export interface TestConfig {
  config: Tree;
  /** The doors: what each receiver of the original became, with its place in the list of ports. */
  receivers: { id: string; signals: string[] }[];
  /** Exporters of the original; the sink of the n-th is at `<sink>/<n>`. */
  exporters: string[];
  /** What was shortened, to be printed. */
  knobs: string[];
  /** How long to wait at least for what a graceful stop does not bring out; 0 when there is nothing like that. */
  settle_ms: number;
}

/** Where the ends are; receivers in the order of `TestConfig.receivers`. */
export interface Ends {
  ports: readonly number[];
  sinkUrl: string;
}

/** Times that a graceful stop does not cut short, by component type without underscores. */
const TICKING: Record<string, string> = { spanmetrics: "metrics_flush_interval", interval: "interval" };
/** Times that it does cut short. With something ticking behind them that is too late. */
const HOLDING: Record<string, string> = { batch: "timeout", tailsampling: "decision_wait", groupbytrace: "wait_duration" };
const SHORT_MS = 100;

const detour = (receiver: string): string => `forward/detour_${receiver.replaceAll("/", "_")}`;

/** The receivers that are doors to the outside, with the signals they take. */
export function doorsOf(config: Tree, env: Environment): TestConfig["receivers"] {
  const connectors = treeAt(config, "connectors");
  const internal = new Set(internalLinks(config, env).map(({ receiver }) => receiver));
  const doors = new Map<string, Set<string>>();
  for (const { receivers, signal } of pipelinesOf(config)) {
    for (const id of receivers.filter((each) => !(each in connectors) && !internal.has(each))) doors.set(id, (doors.get(id) ?? new Set()).add(signal));
  }
  return [...doors].map(([id, signals]) => ({ id, signals: [...signals] }));
}

/**
 * Receivers become OTLP/HTTP ports, exporters become sinks, extensions and the Collector's own telemetry go.
 * An exporter that sends to a receiver of this same Collector becomes a `forward` connector, and a sink as well: the detour's queue
 * would still hold items when the stop, which is the test's barrier, has closed its receiver.
 */
export function rewrite(config: Tree, env: Environment, components: Components, ends: Ends): TestConfig {
  const receivers = doorsOf(config, env);
  const links = internalLinks(config, env);
  const exporters = [...new Set(pipelinesOf(config).flatMap((pipeline) => pipeline.exporters.filter((id) => !(id in treeAt(config, "connectors")))))];
  const sinkType = components.exporters.find((name) => name === "otlp_http") ?? components.exporters.find((name) => name === "otlphttp");
  if (sinkType === undefined || !components.receivers.includes("otlp")) throw new CannotRun("This Collector has no otlp receiver or no otlp_http exporter; tests need both. Give another with --collector.");
  if (links.length > 0 && !components.connectors.includes("forward")) throw new CannotRun(`${links[0]?.exporter} sends to ${links[0]?.receiver} of the same Collector; testing that needs the forward connector, which this Collector lacks. Give another with --collector.`);

  const door = (id: string): string => `otlp/given_${receivers.findIndex((each) => each.id === id)}`;
  const sink = (id: string): string => `${sinkType}/sink_${exporters.indexOf(id)}`;
  const internal = new Set(links.map(({ receiver }) => receiver));
  const connectors = { ...treeAt(config, "connectors"), ...Object.fromEntries([...internal].map((id) => [detour(id), null])) };
  const knobs: string[] = [];
  const isTicking = Object.keys({ ...treeAt(config, "processors"), ...connectors }).some((id) => plain(id) in TICKING);
  const shorten = (kind: Tree): Tree => Object.fromEntries(Object.entries(kind).map(([id, body]) => [id, isTicking ? shortened(id, body, knobs) : body]));

  const pipelines = pipelinesOf(config).map(({ id, signal, receivers: from, processors, exporters: to }) => {
    const leadsOn = (receiver: string): boolean => pipelinesOf(config).some((other) => other.signal === signal && other.receivers.includes(receiver));
    const detours = links.filter(({ exporter, receiver }) => to.includes(exporter) && leadsOn(receiver)).map(({ receiver }) => detour(receiver));
    return [
      id,
      {
        receivers: from.map((each) => (internal.has(each) ? detour(each) : each in connectors ? each : door(each))),
        processors,
        exporters: [...to.map((each) => (each in connectors ? each : sink(each))), ...new Set(detours)],
      },
    ];
  });

  return {
    receivers,
    exporters,
    config: {
      receivers: Object.fromEntries(receivers.map(({ id }, index) => [door(id), { protocols: { http: { endpoint: `127.0.0.1:${ends.ports[index] ?? 0}`, max_request_body_size: 64 * 1024 * 1024 } } }])),
      processors: shorten(treeAt(config, "processors")),
      connectors: shorten(connectors),
      exporters: Object.fromEntries(
        exporters.map((id, index) => [
          sink(id),
          { endpoint: `${ends.sinkUrl}/${index}`, encoding: "json", compression: "none", sending_queue: { enabled: false }, retry_on_failure: { enabled: false } },
        ]),
      ),
      service: { telemetry: { logs: { level: "info", encoding: "console" }, metrics: { level: "none" } }, pipelines: Object.fromEntries(pipelines) as Tree },
    },
    knobs,
    settle_ms: isTicking ? 5 * SHORT_MS : 0,
  };
}

const plain = (id: string): string => typeOf(id).replaceAll("_", "");

function shortened(id: string, body: unknown, knobs: string[]): unknown {
  const key = TICKING[plain(id)] ?? HOLDING[plain(id)];
  if (key === undefined) return body;
  knobs.push(`${id}: ${key} ${String(treeAt({ body }, "body")[key] ?? "default")} -> ${SHORT_MS}ms`);
  return { ...(isTree(body) ? body : {}), [key]: `${SHORT_MS}ms` };
}
