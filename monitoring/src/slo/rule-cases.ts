import { stringify } from "yaml";
import { alertCases } from "./alert-cases.ts";
import type { Definitions } from "./definitions.ts";
import { eventCases } from "./event-cases.ts";
import type { PromtoolCase } from "./promtool-case.ts";
import { countedAs, generateRules, jobOf, promisesFile } from "./rules.ts";
import { windowCases, windowStep_s } from "./window-cases.ts";

const header = `# Generated from SLO_DEFINITIONS.yml by \`npm run monitoring -- generate\`. Do not edit: change the definitions and generate again.
# What each generated rule has to say about made-up series; scenarios that people wrote are in the folder above.
`;

/**
 * Files of promtool cases by name, for every rule that generateRules gives: `slo-<name>.test.yml` and `slo-<name>.windows.test.yml` of each objective,
 * and `sla.test.yml`. They name the rules as they stand in prometheus/generated, seen from prometheus/tests/generated.
 * @throws {Error} when no series can be made up that an indicator's selector takes
 */
export function generateCases(definitions: Definitions): Map<string, string> {
  const files = definitions.slo.flatMap((slo): [string, string][] => {
    const [sli, job] = [definitions.sli[slo.sli]!, jobOf(slo, definitions)];
    const rules = `slo-${slo.name}.yml`;
    const order = ["events", "windows", "alerts"].map((group) => `slo-${slo.name}-${group}`);
    const counted = { slo: slo.name, job, sli, ranges: ["5m", "30m", "1h"], objective: slo.objective };
    return [
      [`slo-${slo.name}.test.yml`, fileText(rules, "1m", order, [...eventCases(counted), ...alertCases(slo, sli, job)])],
      [`slo-${slo.name}.windows.test.yml`, fileText(rules, `${windowStep_s}s`, order, windowCases(slo, job))],
    ];
  });
  if (generateRules(definitions).has(promisesFile)) files.push([promisesFile.replace(".yml", ".test.yml"), fileText(promisesFile, "1m", [], promiseCases(definitions))]);
  return new Map(files);
}

function promiseCases(definitions: Definitions): PromtoolCase[] {
  return (definitions.sla ?? []).flatMap((promise) => {
    const slo = countedAs(definitions, promise);
    return slo?.startsWith("sla:") ? eventCases({ slo, job: jobOf(promise, definitions), sli: definitions.sli[promise.sli!]!, ranges: ["5m"] }) : [];
  });
}

function fileText(rules: string, interval: string, order: string[], tests: PromtoolCase[]): string {
  const file = { rule_files: [`../../generated/${rules}`], evaluation_interval: interval, fuzzy_compare: true, ...(order.length > 0 ? { group_eval_order: order } : {}), tests };
  return header + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}
