import { isTree, type Tree, treeAt } from "../../config/merge.ts";
import { typeOf } from "../../config/topology.ts";

/** Types moved from `otlphttp` to `otlp_http`; this is the spelling that both have in common. */
export const plainType = (id: string): string => typeOf(id).replaceAll("_", "");

/** Exporters that end on this machine, or are read from: a queue or a retry would mean nothing. */
const LOCAL = new Set(["debug", "logging", "file", "nop", "prometheus"]);

/** Exporters known to have `sending_queue` and `retry_on_failure` without saying so. */
const QUEUED = new Set(["otlp", "otlpgrpc", "otlphttp"]);

/** An exporter that sends over the network through the Collector's own queue. */
export interface Sender {
  id: string;
  body: Tree;
  queue: Tree;
  retry: Tree;
}

export function sendersOf(config: Tree): Sender[] {
  return Object.entries(treeAt(config, "exporters")).flatMap(([id, value]) => {
    const body = isTree(value) ? value : {};
    if (LOCAL.has(plainType(id))) return [];
    if (!QUEUED.has(plainType(id)) && !("sending_queue" in body) && !("retry_on_failure" in body)) return [];
    return [{ id, body, queue: treeAt(body, "sending_queue"), retry: treeAt(body, "retry_on_failure") }];
  });
}

/** Go's notation (`1h30m`, `500ms`) in seconds; undefined for anything else. */
export function seconds(duration: unknown): number | undefined {
  if (duration === 0) return 0;
  if (typeof duration !== "string" || !/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(duration)) return undefined;
  const unit: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
  return [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)].reduce((sum, match) => sum + Number(match[1]) * (unit[match[2] ?? "s"] ?? 1), 0);
}
