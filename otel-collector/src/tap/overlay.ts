import type { Components } from "../binary.ts";
import { type Tree, treeAt } from "../config/merge.ts";
import type { Environment } from "../config/environment.ts";
import { internalLinks, type Pipeline, pipelinesOf, typeOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import { didYouMean } from "../nearest.ts";

/** A place in a pipeline where items are looked at. */
export interface Point {
  /** What people call it: `otlp_http/vendor`, or `redaction in traces/in`. */
  label: string;
  pipeline: Pipeline;
  /** How many of its processors the items have passed. */
  passed: number;
  /** Whether what is seen there has been through a `redaction` processor. */
  isMasked: boolean;
}

/**
 * Where `target` is: an exporter (what it is handed), a processor (what leaves it), a receiver or connector (what comes from it), or a
 * pipeline (what leaves it). Without a target: every exporter that is no connector.
 * @throws CannotRun when there is no such thing in any pipeline.
 */
export function pointsAt(config: Tree, env: Environment, target: string | undefined): Point[] {
  const pipelines = pipelinesOf(config);
  const connectors = treeAt(config, "connectors");
  const links = internalLinks(config, env);
  /** Pipelines that feed one; undefined when it has a door to the outside. */
  const feeding = ({ receivers }: Pipeline): Pipeline[] | undefined => {
    const senders = receivers.map((id) => (id in connectors ? [id] : links.filter(({ receiver }) => receiver === id).map(({ exporter }) => exporter)));
    return senders.some((ids) => ids.length === 0) ? undefined : pipelines.filter(({ exporters }) => exporters.some((id) => senders.flat().includes(id)));
  };
  const point = (pipeline: Pipeline, passed: number, label: string): Point => ({ label, pipeline, passed, isMasked: isMasked(feeding, pipeline, passed) });
  const end = (pipeline: Pipeline, label: string): Point => point(pipeline, pipeline.processors.length, label);
  if (target === undefined) {
    return pipelines.flatMap((each) => {
      const exporters = each.exporters.filter((id) => !(id in connectors));
      return exporters.length === 0 ? [] : [end(each, exporters.join(", "))];
    });
  }
  const found = pipelines.flatMap((each) => {
    if (each.id === target) return [end(each, target)];
    if (each.exporters.includes(target) && !(target in connectors)) return [end(each, target)];
    if (each.processors.includes(target)) return [point(each, each.processors.indexOf(target) + 1, `${target} in ${each.id}`)];
    if (each.receivers.includes(target)) return [point(each, 0, `${target} in ${each.id}`)];
    return [];
  });
  if (found.length > 0) return found;
  const known = [...new Set(pipelines.flatMap(({ id, receivers, processors, exporters }) => [...exporters, ...processors, ...receivers, id]))];
  throw new CannotRun(`${target}: no exporter, processor, receiver or pipeline of the running Collector.${didYouMean(target, known)} It has: ${known.join(", ")}.`);
}

function isMasked(feeding: (pipeline: Pipeline) => Pipeline[] | undefined, pipeline: Pipeline, passed: number, seen = new Set<string>()): boolean {
  if (pipeline.processors.slice(0, passed).some((id) => typeOf(id) === "redaction")) return true;
  if (seen.has(pipeline.id)) return true;
  seen.add(pipeline.id);
  return feeding(pipeline)?.every((each) => isMasked(feeding, each, each.processors.length, seen)) ?? false;
}

/**
 * What is merged over the configuration to look at these points: each gets a `forward` to a pipeline that sends to `<url>/<index>`. It can
 * hold nobody up and loses rather than waits: `batch` swallows the errors of a small queue in memory.
 * @throws CannotRun when the Collector lacks what this needs.
 */
export function overlayFor(points: readonly Point[], url: string, components: Components): Tree {
  const sender = components.exporters.find((name) => name === "otlp_http" || name === "otlphttp");
  if (sender === undefined || !components.connectors.includes("forward") || !components.processors.includes("batch")) {
    throw new CannotRun("This Collector lacks otlp_http, forward or batch, which tap needs.");
  }
  const overlay = { connectors: {} as Tree, processors: { "batch/pipeline_tap": { timeout: "200ms", send_batch_size: 256, send_batch_max_size: 256 } }, exporters: {} as Tree, pipelines: {} as Tree };
  points.forEach(({ pipeline, passed }, index) => {
    const { id, signal, processors, exporters } = pipeline;
    const tapped = `forward/pipeline_tap_${index}`;
    const rest = `forward/pipeline_rest_${index}`;
    overlay.connectors[tapped] = null;
    overlay.exporters[`${sender}/pipeline_tap_${index}`] = {
      endpoint: `${url}/${index}`,
      encoding: "json",
      compression: "none",
      timeout: "2s",
      sending_queue: { queue_size: 8, num_consumers: 1 },
      retry_on_failure: { enabled: false },
    };
    overlay.pipelines[`${signal}/pipeline_tap_${index}`] = { receivers: [tapped], processors: ["batch/pipeline_tap"], exporters: [`${sender}/pipeline_tap_${index}`] };
    if (passed === processors.length) {
      overlay.pipelines[id] = { exporters: [...exporters, tapped] };
      return;
    }
    overlay.connectors[rest] = null;
    overlay.pipelines[id] = { processors: processors.slice(0, passed), exporters: [rest, tapped] };
    overlay.pipelines[`${signal}/pipeline_rest_${index}`] = { receivers: [rest], processors: processors.slice(passed), exporters };
  });
  const { pipelines, ...parts } = overlay;
  return { ...parts, service: { pipelines } };
}
