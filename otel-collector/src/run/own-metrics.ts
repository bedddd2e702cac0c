import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { ownMetricsAddresses } from "../config/own-telemetry.ts";

/** What one exporter has done with one signal since the Collector started, in items. */
export interface Sends {
  sent: number;
  /** Given up: refused for good, or tried too long. */
  failed: number;
  /** Waiting in its queue, in the queue's unit. */
  queued: number;
}

/** Reads what the Collector says of its exporters, by `otlp_http/vendor traces`; undefined when it serves no metrics. */
export async function readSends(config: Tree, env: Environment): Promise<Map<string, Sends> | undefined> {
  const address = ownMetricsAddresses(config, env)[0];
  if (address === undefined) return undefined;
  try {
    const response = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? sendsIn(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

const COUNTER = /^otelcol_exporter_(sent|send_failed)_(spans|metric_points|log_records)(?:_total|__\w+__total)?\{([^}]*)\} (\S+)/gm;
const QUEUE = /^otelcol_exporter_queue_size(?:__\w+_)?\{([^}]*)\} (\S+)/gm;
const SIGNAL: Record<string, string> = { spans: "traces", metric_points: "metrics", log_records: "logs" };

/** Takes Prometheus' text format apart. */
export function sendsIn(text: string): Map<string, Sends> {
  const sends = new Map<string, Sends>();
  const add = (labels: string, signal: string | undefined, what: keyof Sends, value: string): void => {
    const id = label(labels, "exporter");
    if (id === undefined || signal === undefined) return;
    const key = `${id} ${signal}`;
    const before = sends.get(key) ?? { sent: 0, failed: 0, queued: 0 };
    sends.set(key, { ...before, [what]: before[what] + Number(value) });
  };
  for (const [, what, unit = "", labels = "", value = ""] of text.matchAll(COUNTER)) add(labels, SIGNAL[unit], what === "sent" ? "sent" : "failed", value);
  for (const [, labels = "", value = ""] of text.matchAll(QUEUE)) add(labels, label(labels, "data_type"), "queued", value);
  return sends;
}

const label = (labels: string, name: string): string | undefined => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
