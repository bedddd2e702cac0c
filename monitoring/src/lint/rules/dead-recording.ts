import { namesOf, selectorsOf } from "../../promql/tree.ts";
import type { LintRule } from "../rule.ts";

export const deadRecording: LintRule = {
  id: "dead-recording",
  reason: "Nobody reads it, yet it is evaluated and stored again and again.",
  remedy: "Remove it, or say in an exception who reads it.",
  needs: "--readers",
  check: ({ rules, readers }) => {
    if (readers === undefined) return [];
    const read = new Set(rules.flatMap(({ tree }) => selectorsOf(tree).flatMap(namesOf)));
    const mentioned = (name: string): boolean => new RegExp(`(?<![\\w:])${name}(?![\\w:])`).test(readers);
    return rules.filter(({ kind, name }) => kind === "record" && !read.has(name) && !mentioned(name)).map(({ place, name }) => ({ at: place, message: `No rule, dashboard or document reads ${name}.` }));
  },
};
