import type { RuleNode } from "../rule-file.ts";
import type { Suite } from "./case-file.ts";
import { isConstant } from "./mutants.ts";
import { asksAbout, expectsFiring, expectsSilence } from "./touch.ts";

/** How cases cover a rule. Alerts have to fire in one and (unless made to fire always) be silent in one; recordings have to be read, if only by a rule that is tested. */
export type Coverage = { rule: RuleNode; fires: boolean; silent: boolean; texts: boolean; covered: boolean };

/** Coverage of each rule by the cases of files that load it. */
export function coverageOf(rules: readonly RuleNode[], suites: readonly Suite[]): Coverage[] {
  return rules.map((rule) => {
    const loading = suites.filter(({ loaded }) => loaded.includes(rule));
    const assertions = loading.flatMap(({ cases }) => cases.flatMap((one) => one.assertions));
    const fires = assertions.some((assertion) => expectsFiring(assertion, rule));
    const silent = assertions.some((assertion) => expectsSilence(assertion, rule));
    const texts = assertions.some((assertion) => assertion.texts && expectsFiring(assertion, rule));
    const read = loading.some(({ loaded, inputs, cases }) => {
      const readers = loaded.filter((one) => inputs.get(one)!.has(rule));
      return cases.some((one) => one.assertions.some((assertion) => readers.some((reader) => asksAbout(assertion, reader))));
    });
    return { rule, fires, silent, texts, covered: rule.kind === "alert" ? fires && (silent || isConstant(rule)) : read };
  });
}

/** What is missing for a rule, in words. */
export function missing({ rule, fires, silent, covered }: Coverage): string {
  if (covered) return "";
  if (rule.kind === "record") return "no case reads it";
  return [...(fires ? [] : ["no case expects it to fire"]), ...(silent ? [] : ["no case expects it to be silent"])].join(", ");
}
