import { nearest } from "../../nearest.ts";
import { namesOf, selectorsOf } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

/** What Prometheus makes itself while it evaluates rules and scrapes. */
const builtIn = /^(ALERTS(_FOR_STATE)?|scrape_\w+)$/;

export const unknownMetric: LintRule = {
  id: "unknown-metric",
  reason: "Nobody sends a metric of this name: the rule never fires and never records, and nothing says so.",
  remedy: "Correct the name, or add the metric to the catalogue.",
  needs: "--metrics",
  check: ({ series, rules }) => {
    if (!series) return [];
    const recorded = rules.filter(({ kind }) => kind === "record").map(({ name }) => name);
    const known = new Set([...series.keys(), ...recorded]);
    return rules.flatMap((rule) => selectorsOf(rule.tree).flatMap((selector) =>
      namesOf(selector).filter((name) => !known.has(name) && !builtIn.test(name)).map((name) => {
        const meant = nearest(name, known);
        return { at: rule.exprPlace(selector.from), message: `There is no metric "${name}"${meant ? `; did you mean "${meant}"?` : " in the catalogue."}` };
      })));
  },
};
