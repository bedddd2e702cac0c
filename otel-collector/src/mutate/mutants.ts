import type { Path } from "../config/config-file.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { pipelinesOf } from "../config/topology.ts";
import { type Cut, cutCondition, cutStatement } from "./ottl.ts";

/** A configuration with one thing missing or changed. */
export interface Mutant {
  /** Says what was done; the same as long as that is written the same, and no other mutant's. */
  name: string;
  /** Where it is written in the effective configuration. */
  path: Path;
  config: Tree;
  /** Pipelines that the change is in. */
  pipelines: string[];
  /** Mutants of one subject are likely to be noticed by the same case. */
  subject: string;
}

/** Stands in for an exporter that is taken out: whatever it gets is looked at by no case. */
const DISCARD = "otlp_http/pipeline_discarded";

/** Every mutant of a configuration: each processor, exporter and receiver of a pipeline, and each entry, switch, statement and condition of a processor. */
export function mutantsOf(config: Tree): Mutant[] {
  const pipelines = pipelinesOf(config);
  const inPipelines = pipelines.flatMap((pipeline) => {
    const mutant = (kind: "receivers" | "processors" | "exporters", index: number, by?: string): Mutant => {
      const id = pipeline[kind][index] ?? "";
      const changed = pipeline[kind].flatMap((each, at) => (at !== index ? [each] : by === undefined ? [] : [by]));
      const path = ["service", "pipelines", pipeline.id, kind];
      const noun = kind === "processors" ? "" : `${kind.slice(0, -1)} `;
      return { name: `${pipeline.id}: ${noun}${id} dropped`, path: [...path, index], config: repaired(withValue(config, path, changed) as Tree), pipelines: [pipeline.id], subject: kind === "processors" ? id : pipeline.id };
    };
    return [
      ...pipeline.receivers.map((_id, index) => mutant("receivers", index)),
      ...pipeline.processors.map((_id, index) => mutant("processors", index)),
      ...pipeline.exporters.map((_id, index) => mutant("exporters", index, DISCARD)),
    ];
  });
  const inProcessors = Object.entries(treeAt(config, "processors")).flatMap(([id, body]) => {
    const used = pipelines.filter(({ processors }) => processors.includes(id)).map((pipeline) => pipeline.id);
    if (used.length === 0) return [];
    return changesIn(body, []).map(({ path, value, what }): Mutant => {
      const full = ["processors", id, ...path];
      return { name: `${id}: ${what}`, path: full, config: value === GONE ? without(config, full) : (withValue(config, full, value) as Tree), pipelines: used, subject: id };
    });
  });
  return distinct([...inPipelines, ...inProcessors]);
}

const GONE = Symbol("gone");

interface Change {
  path: Path;
  value: unknown;
  what: string;
}

/** What can be changed in a processor's settings. Numbers, times and words are left alone: what they do depends on how much there is to do. */
function changesIn(value: unknown, path: Path): Change[] {
  if (typeof value === "boolean") return [{ path, value: !value, what: `${path.join(".")} is ${!value}` }];
  if (isTree(value)) return Object.entries(value).flatMap(([key, each]) => changesIn(each, [...path, key]));
  if (!Array.isArray(value)) return [];
  const list = String(path.findLast((key) => typeof key === "string") ?? "");
  return value.flatMap((entry: unknown, index): Change[] => {
    const at = [...path, index];
    if (typeof entry !== "string") {
      // A group of statements is its statements.
      const isGroup = isTree(entry) && (Array.isArray(entry["statements"]) || (Array.isArray(entry["conditions"]) && "context" in entry));
      return [...(isGroup ? [] : [{ path: at, value: GONE, what: `${list} without ${shown(entry)}` }]), ...changesIn(entry, at)];
    }
    const cuts: Cut[] = list.endsWith("statements") ? cutStatement(entry) : isConditions(path) ? cutCondition(entry) : [];
    return [{ path: at, value: GONE, what: `${list} without ${entry}` }, ...cuts.map(({ part, rest }) => ({ path: at, value: rest, what: `${part} taken out of ${entry}` }))];
  });
}

/** `conditions: [..]`, `log_conditions: [..]`, and the older `logs: { log_record: [..] }`. */
const isConditions = (path: Path): boolean => path.some((key) => /conditions$|^(traces|metrics|logs|profiles)$/.test(String(key)));

const shown = (entry: unknown): string => (isTree(entry) && typeof entry["name"] === "string" ? entry["name"] : JSON.stringify(entry));

/** `tree` with another value at `path`. */
function withValue(tree: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(tree)) return tree.map((each: unknown, index) => (index === key ? withValue(each, rest, value) : each));
  return { ...(isTree(tree) ? tree : {}), [key]: withValue(isTree(tree) ? tree[key] : undefined, rest, value) };
}

/** `tree` without the list entry at `path`; a group that has none left goes, too. */
function without(tree: Tree, path: Path): Tree {
  const parent = path.slice(0, -1);
  const list = parent.reduce<unknown>((node, key) => (node as Record<string | number, unknown> | undefined)?.[key], tree) as unknown[];
  const group = parent.slice(0, -1);
  if (list.length === 1 && typeof group.at(-1) === "number") return without(tree, group);
  return withValue(tree, parent, list.filter((_each, index) => index !== path.at(-1))) as Tree;
}

/** Pipelines without a receiver go, and connectors that lead nowhere then; the Collector would refuse both. */
function repaired(config: Tree): Tree {
  const connectors = treeAt(config, "connectors");
  let pipelines = pipelinesOf(config);
  for (let before = -1; before !== pipelines.length; ) {
    before = pipelines.length;
    const current = pipelines;
    pipelines = current
      .map((each) => ({ ...each, exporters: each.exporters.map((id) => (id in connectors && !current.some(({ receivers }) => receivers.includes(id)) ? DISCARD : id)) }))
      .map((each) => ({ ...each, receivers: each.receivers.filter((id) => !(id in connectors) || current.some(({ exporters }) => exporters.includes(id))) }))
      .filter(({ receivers }) => receivers.length > 0);
  }
  return { ...config, service: { ...treeAt(config, "service"), pipelines: Object.fromEntries(pipelines.map(({ id, receivers, processors, exporters }) => [id, { receivers, processors, exporters }])) } };
}

/** Two entries that are written the same get a number. */
function distinct(mutants: Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  return mutants.map((each) => {
    const count = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, count);
    return count === 1 ? each : { ...each, name: `${each.name} (${count})` };
  });
}

