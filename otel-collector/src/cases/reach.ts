import type { Environment } from "../config/environment.ts";
import { type Tree, treeAt } from "../config/merge.ts";
import { internalLinks, type Pipeline, pipelinesOf, typeOf } from "../config/topology.ts";
import { CannotRun } from "../failure.ts";
import { didYouMean } from "../nearest.ts";
import type { Signal } from "./case.ts";

/** Connectors that pass on what they get; the others may make another signal of it. */
const isPlain = (id: string): boolean => ["forward", "routing", "failover", "roundrobin"].includes(typeOf(id).replaceAll("_", ""));

/** Where data is put in: a receiver, and what it is given. */
export interface Door {
  receiver: string;
  signal: Signal;
}

/** The receivers that data comes in through from outside, with the signals they take. */
export function doorsOf(config: Tree, env: Environment): { id: string; signals: string[] }[] {
  const connectors = treeAt(config, "connectors");
  const internal = new Set(internalLinks(config, env).map(({ receiver }) => receiver));
  const doors = new Map<string, Set<string>>();
  for (const { receivers, signal } of pipelinesOf(config)) {
    for (const id of receivers.filter((each) => !(each in connectors) && !internal.has(each))) doors.set(id, (doors.get(id) ?? new Set()).add(signal));
  }
  return [...doors].map(([id, signals]) => ({ id, signals: [...signals] }));
}

/** The receiver for a signal: the one asked for, else otlp, else the first that takes it. @throws CannotRun when none does. */
export function doorFor(config: Tree, env: Environment, signal: Signal, asked: string | undefined): Door {
  const doors = doorsOf(config, env);
  const fitting = doors.filter(({ signals }) => signals.includes(signal)).map(({ id }) => id);
  const receiver = asked === undefined ? (fitting.find((id) => id === "otlp") ?? fitting[0]) : fitting.find((id) => id === asked);
  if (receiver !== undefined) return { receiver, signal };
  const other = doors.find(({ id }) => id === asked);
  if (other) throw new CannotRun(`${asked} cannot be given ${signal}: it feeds pipelines of ${other.signals.join(", ")} only.${fitting.length > 0 ? ` For ${signal} there are: ${fitting.join(", ")}.` : ""}`);
  throw new CannotRun(`${asked ?? "no receiver"} feeds ${asked === undefined ? "any" : "no"} pipeline of ${signal}.${asked === undefined ? "" : didYouMean(asked, fitting)}${fitting.length > 0 ? ` There are: ${fitting.join(", ")}.` : ""}`);
}

/** The pipelines that data put in at `doors` can get to, in the order it does, each with only those receivers that can bring any. */
export function reachable(config: Tree, env: Environment, doors: readonly Door[]): Pipeline[] {
  const pipelines = pipelinesOf(config);
  const connectors = treeAt(config, "connectors");
  const links = internalLinks(config, env);
  const seen = new Set<Pipeline>();
  const visit = (from: readonly Pipeline[]): void => {
    const fresh = from.filter((each) => !seen.has(each));
    for (const pipeline of fresh) seen.add(pipeline);
    for (const pipeline of fresh) {
      for (const exporter of pipeline.exporters) {
        if (exporter in connectors) visit(pipelines.filter(({ signal, receivers }) => receivers.includes(exporter) && (signal === pipeline.signal || !isPlain(exporter))));
        for (const link of links.filter((each) => each.exporter === exporter)) visit(pipelines.filter(({ signal, receivers }) => signal === pipeline.signal && receivers.includes(link.receiver)));
      }
    }
  };
  for (const { receiver, signal } of doors) visit(pipelines.filter((each) => each.signal === signal && each.receivers.includes(receiver)));
  const inOrder = [...seen];
  const fed = new Set([...inOrder.flatMap(({ exporters }) => exporters), ...doors.map(({ receiver }) => receiver), ...links.filter(({ exporter }) => inOrder.some(({ exporters }) => exporters.includes(exporter))).map(({ receiver }) => receiver)]);
  return inOrder.map((each) => ({ ...each, receivers: each.receivers.filter((id) => fed.has(id)) }));
}

/** Every exporter that a pipeline names. */
export const exportersOf = (config: Tree): string[] => [...new Set(pipelinesOf(config).flatMap(({ exporters }) => exporters.filter((id) => !(id in treeAt(config, "connectors")))))];
