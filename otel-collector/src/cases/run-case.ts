import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stringify } from "yaml";
import type { Components } from "../binary.ts";
import type { Environment } from "../config/environment.ts";
import type { Tree } from "../config/merge.ts";
import { CannotRun, messageOf } from "../failure.ts";
import { didYouMean } from "../nearest.ts";
import { boot, freePorts, isPassing } from "./boot.ts";
import { at, type LoadedCase } from "./case-files.ts";
import { type Difference, differences } from "./compare.ts";
import { itemsOf } from "./items.ts";
import { requestsOf } from "./otlp-from-case.ts";
import { doorsOf, rewrite } from "./rewrite.ts";
import { openSinks } from "./sinks.ts";

/** What tests run with. */
export interface Bench {
  collector: string;
  components: Components;
  config: Tree;
  env: Environment;
  /** For the configurations that are run; whoever makes it removes it. */
  folder: string;
}

/** What came of a case. */
export interface Outcome {
  case: LoadedCase;
  /** Differences with the exporter they are about; none: passed. */
  differences: (Difference & { exporter: string })[];
  /** Why it could not be run. */
  broken?: string;
  knobs: readonly string[];
  duration_ms: number;
}

/** Boots the Collector, gives, stops, compares. */
export async function runCase(bench: Bench, each: LoadedCase): Promise<Outcome> {
  const start = performance.now();
  try {
    const { knobs, differences } = await attempt(bench, each, 5);
    return { case: each, differences, knobs, duration_ms: performance.now() - start };
  } catch (error) {
    return { case: each, differences: [], knobs: [], broken: error instanceof CannotRun ? error.message : `${at(each.place)}: ${messageOf(error)}`, duration_ms: performance.now() - start };
  }
}

/** With new ports and new sinks each time. */
async function attempt(bench: Bench, each: LoadedCase, attempts: number): Promise<Pick<Outcome, "knobs" | "differences">> {
  try {
    return await once(bench, each);
  } catch (error) {
    if (attempts > 1 && isPassing(messageOf(error))) return attempt(bench, each, attempts - 1);
    throw error;
  }
}

async function once(bench: Bench, each: LoadedCase): Promise<Pick<Outcome, "knobs" | "differences">> {
  const doors = doorsOf(bench.config, bench.env);
  const sinks = await openSinks();
  try {
    const ports = await freePorts(doors.length);
    const test = rewrite(bench.config, bench.env, bench.components, { ports, sinkUrl: sinks.url });
    for (const name of Object.keys(each.expect)) {
      if (!test.exporters.includes(name)) throw new CannotRun(`${at(each.placeOf(["expect", name]))}: no pipeline has an exporter ${name}.${didYouMean(name, test.exporters)} There are: ${test.exporters.join(", ")}.`);
    }
    const compare = (): Outcome["differences"] =>
      Object.entries(each.expect).flatMap(([exporter, expected]) => {
        const texts = sinks.bodies.get(test.exporters.indexOf(exporter)) ?? [];
        return differences(expected, { items: texts.flatMap((text) => itemsOf(JSON.parse(text))), text: texts.join("\n") }).map((difference) => ({ ...difference, exporter }));
      });
    const requests = requestsOf(each, Date.now()).map((request) => ({ request, port: portFor(each, request.signal, doors, ports) }));
    const configPath = join(bench.folder, `${randomUUID()}.yaml`);
    await writeFile(configPath, stringify(test.config));
    const collector = boot(bench.collector, configPath, bench.env);
    try {
      for (const { request, port } of requests) await collector.send(port, request);
      if (test.settle_ms > 0) await settle(test.settle_ms, () => compare().every(isFinal));
      await collector.stop();
    } finally {
      collector.kill();
    }
    return { knobs: test.knobs, differences: compare() };
  } finally {
    await sinks.close();
  }
}

/** Whether waiting cannot help: something is there that was not to be. */
const isFinal = ({ path }: Difference): boolean => path.length === 0 || String(path[0]).startsWith("absent");

/** Waits for at least `least_ms`, then until all is as expected; a slow machine has ten times as long. */
async function settle(least_ms: number, isThere: () => boolean): Promise<void> {
  const deadline = Date.now() + 10 * least_ms;
  await wait(least_ms);
  while (!isThere() && Date.now() < deadline) await wait(50);
}

function portFor(each: LoadedCase, signal: string, doors: ReturnType<typeof doorsOf>, ports: readonly number[]): number {
  const fitting = doors.filter(({ signals }) => signals.includes(signal));
  const { receiver } = each.given;
  const door = receiver === undefined ? (fitting.find(({ id }) => id === "otlp") ?? fitting[0]) : fitting.find(({ id }) => id === receiver);
  const port = door && ports[doors.indexOf(door)];
  if (port !== undefined) return port;
  const names = fitting.map(({ id }) => id);
  const place = at(each.placeOf(receiver === undefined ? ["given"] : ["given", "receiver"]));
  throw new CannotRun(`${place}: ${receiver ?? "no receiver"} feeds ${receiver === undefined ? "any" : "no"} pipeline of ${signal}.${names.length > 0 ? ` There are: ${names.join(", ")}.` : ""}`);
}
