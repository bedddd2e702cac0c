import { openBench } from "../cases/bench.ts";
import { loadCases } from "../cases/case-files.ts";
import { requestsOf } from "../cases/otlp-from-case.ts";
import { absolute, CASES_DIR, CONFIG_DIR } from "../config/places.ts";
import { sampleSubject } from "../why/subject.ts";
import { behaviourOf, type Probe } from "./behaviour.ts";
import type { DiffFormat } from "../formats.ts";
import { reportComparison } from "./report.ts";
import { loadSide } from "./sides.ts";
import { stateOf, structureOf } from "./structure.ts";

/** `pipeline diff`. Resolves with the exit code: 0 same behaviour, 1 another one, 2 (by CannotRun) could not tell. */
export async function diffCommand(a: string, b: string | undefined, options: { cases: string[]; collector?: string; format: DiffFormat }): Promise<number> {
  const before = loadSide(a);
  const after = loadSide(b ?? CONFIG_DIR);
  const probes = probesOf(options.cases);
  const bench = await openBench(options.collector);
  const behaviour = await behaviourOf(bench, before.config, after.config, probes);
  const comparison = { a, b: b ?? "otel-collector/config", probes: probes.length, structure: structureOf(before.config, after.config), behaviour, state: stateOf(before.config) };
  console.log(reportComparison(comparison, options.format));
  return behaviour.length > 0 ? 1 : 0;
}

/** Cases by what they give, and samples. @throws CannotRun */
export function probesOf(paths: readonly string[]): Probe[] {
  return (paths.length > 0 ? paths.map(absolute) : [CASES_DIR]).flatMap((path): Probe[] =>
    /\.jsonl?$/.test(path) ? [sampleSubject(path)] : loadCases([path]).map((each) => ({ name: each.name, requests: requestsOf(each, Date.now()), receiver: each.given.receiver })),
  );
}
