import { selectorsOf } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

export const alertWithoutFor: LintRule = {
  id: "alert-without-for",
  reason: "One odd sample, a restart or a late scrape is enough to page someone.",
  remedy: "Give it a `for` of some evaluations at least; when the window of the query is the patience, say so in an exception.",
  check: ({ rules }) =>
    rules
      // Without a metric in it (vector(1)) it is made to fire always.
      .filter(({ kind, tree, ...rule }) => kind === "alert" && (rule.for === undefined || /^0\w*$/.test(rule.for)) && selectorsOf(tree).length > 0)
      .map(({ place, name }) => ({ at: place, message: `${name} fires at the first sample.` })),
};
