import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuleNode } from "../rule-file.ts";
import type { Case, Suite } from "./case-file.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { runPromtool } from "./promtool.ts";
import type { Known } from "./survivors.ts";
import { asksAbout } from "./touch.ts";

/** A case cut down to what it says about one rule, and the rules it needs for that. */
type Probe = { settings: Record<string, unknown>; raw: Record<string, unknown>; needs: readonly RuleNode[]; weight: number };

type Running = { mutant: Mutant; probes: Probe[]; next: number; fate: "alive" | "killed" | "invalid" };

/** `invalid`: Prometheus refuses the mutant, so it proves nothing. */
export type MutationResult = { total: number; killed: number; invalid: number; survivors: Mutant[] };

/** With the survivors that survivors.yaml explains, and its entries that a whole run found no survivor for. */
export type ExplainedMutation = MutationResult & { explained: Mutant[]; stale: Known[] };

const PROCESSES = 2;
const FILES_A_PROCESS = 24;
const CASES_A_ROUND = [1, 1, 2, 4];

/**
 * Runs the cases against every mutant of `targets`. A mutant meets only the cases that ask about its rule, cut down to those questions, with
 * the rules these need; it leaves at the first case that notices it.
 * @param every take each nth mutant only
 */
export async function mutate(targets: readonly RuleNode[], suites: readonly Suite[], every: number, progress: (done: number, all: number) => void): Promise<MutationResult> {
  const all = targets.flatMap((rule) => {
    const probes = probesOf(rule, suites);
    return mutantsOf(rule).map((mutant): Running => ({ mutant, probes, next: 0, fate: "alive" }));
  }).filter((_, index) => index % every === 0);
  const folder = mkdtempSync(join(tmpdir(), "mutants-"));
  try {
    for (let round = 0; ; round++) {
      const running = all.filter(({ fate, next, probes }) => fate === "alive" && next < probes.length);
      if (running.length === 0) break;
      const size = CASES_A_ROUND[round] ?? Number.POSITIVE_INFINITY;
      const batches = chunks(running.map((one) => ({ one, probes: one.probes.slice(one.next, one.next + size) })), FILES_A_PROCESS);
      await inParallel(batches, PROCESSES, async (batch) => {
        await runBatch(batch, folder);
        for (const { one, probes } of batch) one.next += probes.length;
        progress(all.filter(({ fate, next, probes }) => fate !== "alive" || next >= probes.length).length, all.length);
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const count = (wanted: Running["fate"]): number => all.filter(({ fate }) => fate === wanted).length;
  return { total: all.length, killed: count("killed"), invalid: count("invalid"), survivors: all.filter(({ fate }) => fate === "alive").map(({ mutant }) => mutant) };
}

async function runBatch(batch: { one: Running; probes: Probe[] }[], folder: string): Promise<void> {
  const own = mkdtempSync(join(folder, "batch-"));
  const written = batch.flatMap(({ one, probes }, index) => [...Map.groupBy(probes, ({ settings }) => settings)].map(([settings, same], part) => {
    const cases = join(own, `${index}-${part}.test.yml`);
    const needs = Map.groupBy([...new Set(same.flatMap((probe) => probe.needs))].sort(byPlace), ({ place }) => place.file);
    const rules = [...needs.values()].map((list, file) => {
      const path = join(own, `${index}-${part}-${file}.rules.yml`);
      writeFileSync(path, rulesText(list, one.mutant));
      return path;
    });
    writeFileSync(cases, JSON.stringify({ ...settings, rule_files: rules, tests: same.map(({ raw }) => raw) }));
    return { one, rules, cases };
  }));
  const outcomes = new Map((await runPromtool(written.map(({ cases }) => cases))).map((outcome) => [outcome.file, outcome]));
  for (const { one, rules, cases } of written) {
    const { cases: ran, broken } = outcomes.get(cases)!;
    if (broken !== undefined) throw new Error(`promtool cannot read the cut-down cases of ${one.mutant.rule.name}: ${broken}`);
    const failures = ran.flatMap(({ failure }) => failure ?? []);
    if (failures.some((text) => rules.some((path) => text.includes(path)))) one.fate = "invalid";
    else if (failures.length > 0 && one.fate === "alive") one.fate = "killed";
  }
  rmSync(own, { recursive: true });
}

/** Rules of one file in their groups, one of them changed. */
function rulesText(rules: readonly RuleNode[], { rule: target, changed }: Mutant): string {
  const groups = Map.groupBy(rules, ({ group }) => group.name);
  return JSON.stringify({ groups: [...groups.values()].map((list) => ({ ...list[0]!.group.settings, rules: list.map((rule) => (rule === target ? { ...rule.raw, ...changed } : rule.raw)) })) });
}

function byPlace(a: RuleNode, b: RuleNode): number {
  return a.place.file.localeCompare(b.place.file) || a.place.line - b.place.line;
}

/** Cases that may notice a change of `rule`, those that ask most about it first. */
function probesOf(rule: RuleNode, suites: readonly Suite[]): Probe[] {
  return suites.filter(({ loaded }) => loaded.includes(rule)).flatMap((suite) => {
    const concerned = suite.loaded.filter((one) => suite.inputs.get(one)!.has(rule));
    return suite.cases.flatMap((one) => probeOf(one, suite, rule, concerned) ?? []);
  }).sort((a, b) => b.weight - a.weight);
}

function probeOf(one: Case, { settings, loaded, inputs }: Suite, rule: RuleNode, concerned: readonly RuleNode[]): Probe | undefined {
  const asked = one.assertions.map((assertion) => concerned.some((each) => asksAbout(assertion, each)));
  if (!asked.includes(true)) return undefined;
  const kept = one.assertions.filter((_, index) => asked[index]);
  const needs = new Set(loaded.filter((each) => kept.some((assertion) => asksAbout(assertion, each))).flatMap((each) => [...inputs.get(each)!]));
  const queries = (one.raw["promql_expr_test"] as unknown[] | undefined) ?? [];
  const alerts = (one.raw["alert_rule_test"] as unknown[] | undefined) ?? [];
  const raw = { ...one.raw, promql_expr_test: queries.filter((_, index) => asked[index]), alert_rule_test: alerts.filter((_, index) => asked[queries.length + index]) };
  return { settings, raw, needs: [...needs], weight: kept.filter((assertion) => asksAbout(assertion, rule)).length / needs.size };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

async function inParallel<T>(list: readonly T[], width: number, work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...list];
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
