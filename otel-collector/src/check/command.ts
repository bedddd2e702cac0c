import { existsSync } from "node:fs";
import { componentsOf, findCollector } from "../binary.ts";
import { readConfig } from "../config/config-files.ts";
import { absolute, CASES_DIR } from "../config/places.ts";
import { loadCases } from "../cases/case-files.ts";
import { signalsOf } from "../cases/otlp-from-case.ts";
import { bootProbe } from "./boot-probe.ts";
import { check } from "./check.ts";
import type { CheckFormat } from "../formats.ts";
import { reportFindings } from "./report.ts";
import type { Tested } from "./rule.ts";
import { validateWith } from "./validate.ts";

/** `pipeline check`. Resolves with the exit code: 0 clean, 1 findings. */
export async function checkCommand(paths: readonly string[], options: { cases?: string; collector?: string; format: CheckFormat; boot: boolean }): Promise<number> {
  const files = readConfig(paths);
  const collector = findCollector(options.collector);
  const findings = await check({
    files,
    env: process.env,
    components: await componentsOf(collector),
    tested: coverage(options.cases ?? (paths.length === 0 && existsSync(CASES_DIR) ? CASES_DIR : undefined)),
    validate: (files, env) => validateWith(collector, files, env),
    ...(options.boot ? { boot: (files, env) => bootProbe(collector, files, env) } : {}),
  });
  const report = reportFindings(findings, options.format, files.length);
  if (report !== "") console.log(report);
  return findings.length === 0 ? 0 : 1;
}

/** What the cases of a folder look at. Own files checked without --cases have none to be measured by. */
function coverage(folder: string | undefined): Tested[] | undefined {
  if (folder === undefined) return undefined;
  return loadCases([absolute(folder)]).map((each) => ({
    signals: signalsOf(each),
    exporters: Object.entries(each.expect).flatMap(([exporter, expected]) => (expected === "nothing" || expected.count === 0 ? [] : [exporter])),
  }));
}
