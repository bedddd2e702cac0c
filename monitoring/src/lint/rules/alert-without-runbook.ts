import type { LintRule } from "../rule.ts";

export const alertWithoutRunbook: LintRule = {
  id: "alert-without-runbook",
  reason: "Whoever is woken by it has to find out alone what it means and what to do.",
  remedy: "Add the annotation runbook_url and write what it leads to.",
  check: ({ rules, runbooks }) =>
    rules.filter(({ kind }) => kind === "alert").flatMap(({ name, annotations, place, keyPlace }) => {
      const url = annotations["runbook_url"] ?? annotations["runbook"];
      if (!url) return [{ at: place, message: `${name} has no runbook_url.` }];
      return runbooks && !runbooks.has(name) ? [{ at: keyPlace("annotations", "runbook_url"), message: `${name} has no runbook: ${name}.md is missing.` }] : [];
    }),
};
