import type { Path } from "../config/config-file.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { type Pipeline, typeOf } from "../config/topology.ts";

/** One thing that is done to data: a processor, or one statement or condition of it. */
export interface Step {
  processor: string;
  /** Where it is written in the effective configuration. */
  path: Path;
  /** The statement or condition; undefined: the whole processor. */
  text: string | undefined;
}

/** A place where data is looked at. */
export interface Stage {
  pipeline: string;
  /** What has just been done; undefined: it has come in. */
  step: Step | undefined;
  /** The exporter that shows it. */
  tap: string;
}

/** A configuration in which each step is a pipeline of its own, joined by `forward`, with a tap behind each. */
export interface Staged {
  config: Tree;
  stages: Stage[];
}

/** Takes `pipelines` of `config` apart; `byStatement` also `transform`, `filter`, `attributes` and `resource`. */
export function takeApart(config: Tree, pipelines: readonly Pipeline[], byStatement: boolean): Staged {
  const stages: Stage[] = [];
  const processors: Tree = { ...treeAt(config, "processors") };
  const connectors: Tree = { ...treeAt(config, "connectors") };
  const apart: Tree = {};
  for (const { id, signal, receivers, processors: chain, exporters } of pipelines) {
    const parts = chain.flatMap((processor) => (byStatement ? split(processor, treeAt(config, "processors")[processor], signal) : [whole(processor)]));
    let from = receivers;
    // The first keeps the name: connectors that choose know it.
    const name = (index: number): string => (index === 0 ? id : `${id}${id.includes("/") ? "_" : "/"}why_${index}`);
    for (let index = 0; index <= parts.length; index++) {
      const part = parts[index - 1];
      const tap = `otlp_http/why_tap_${stages.length}`;
      stages.push({ pipeline: id, step: part?.step, tap });
      const own = part === undefined ? undefined : part.body === SAME ? part.step.processor : `${typeOf(part.step.processor)}/why_${stages.length}`;
      if (part && own !== undefined && part.body !== SAME) processors[own] = part.body;
      const next = `forward/why_${stages.length}`;
      if (index < parts.length) connectors[next] = null;
      apart[name(index)] = { receivers: from, processors: own === undefined ? [] : [own], exporters: [tap, ...(index < parts.length ? [next] : exporters)] };
      from = [next];
    }
  }
  return { config: { ...config, processors, connectors, service: { ...treeAt(config, "service"), pipelines: apart } }, stages };
}

const SAME = Symbol("as it is");

interface Part {
  step: Step;
  body: unknown;
}

const whole = (processor: string): Part => ({ step: { processor, path: ["processors", processor], text: undefined }, body: SAME });

const WORDS: Record<string, string> = { traces: "trace", metrics: "metric", logs: "log" };

/** The processor as one processor for each statement; as it is, when that is not possible or the outcome could be another one. */
function split(processor: string, body: unknown, signal: string): Part[] {
  const type = typeOf(processor).replaceAll("_", "");
  const lists = { transform: `${WORDS[signal]}_statements`, filter: `${WORDS[signal]}_conditions`, attributes: "actions", resource: "attributes" };
  const key = type in lists ? lists[type as keyof typeof lists] : undefined;
  // A cache lasts as long as one processor works on one item.
  if (key === undefined || !isTree(body) || /\bcache\b/.test(JSON.stringify(body))) return [whole(processor)];
  const base = Object.fromEntries(Object.entries(body).filter(([each]) => !/^(trace|metric|log|profile)_(statements|conditions)$|^(traces|metrics|logs|profiles)$/.test(each) && each !== key));
  const part = (path: Path, text: unknown, value: Tree): Part => ({ step: { processor, path: ["processors", processor, ...path], text: typeof text === "string" ? text : JSON.stringify(text) }, body: { ...base, ...value } });
  const entries = Array.isArray(body[key]) ? (body[key] as unknown[]) : [];
  const parts = entries.flatMap((entry, index): Part[] => {
    const inner = isTree(entry) ? ["statements", "conditions"].find((each) => each !== key && Array.isArray(entry[each]) && (type === "transform" ? each === "statements" : type === "filter")) : undefined;
    if (!isTree(entry) || inner === undefined) return [part([key, index], entry, { [key]: [entry] })];
    return (entry[inner] as unknown[]).map((text, at) => part([key, index, inner, at], text, { [key]: [{ ...entry, [inner]: [text] }] }));
  });
  // The older way to write filters: logs: { log_record: [...] }.
  const older = type === "filter" ? Object.entries(treeAt(body, signal)) : [];
  if (older.some(([, conditions]) => !Array.isArray(conditions))) return [whole(processor)];
  parts.push(...older.flatMap(([context, conditions]) => (conditions as unknown[]).map((text, at) => part([signal, context, at], text, { [signal]: { [context]: [text] } }))));
  return parts.length > 1 ? parts : parts.length === 1 ? [{ step: parts[0]?.step as Step, body: SAME }] : [whole(processor)];
}
