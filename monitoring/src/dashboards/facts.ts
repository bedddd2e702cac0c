import type { Definitions, Slo } from "../slo/definitions.ts";
import { round, seconds, share } from "../slo/check.ts";
import type { Rule } from "../files.ts";
import { alertThreshold } from "./thresholds.ts";

/** What pages know of the rest of `monitoring/`, so that no figure is written twice. */
export type Facts = {
  objectives: Objective[];
  promises: SlaPromise[];
  /** @throws {Error} when no objective has that name */
  objective: (name: string) => Objective;
  /** The share of bad events that we aspire to, as 0.001, of an aspiration. @throws {Error} when there is none of that name */
  aspiration: (name: string) => number;
  /** What an alert compares with. @throws {Error} when there is no such alert, or none with a comparison at its end */
  limit: (alert: string) => number;
  /** Where runbooks, alerts and traces are. */
  consoleUrl: string;
};

/** `target` as 0.995; `withinS` of a latency objective in seconds. */
export type Objective = { name: string; target: number; window: string; withinS?: number; symptom: string; description: string };

/** What users were promised and we count; `record` is the label `slo` of its events, `target` as 0.995. */
export type SlaPromise = { name: string; record: string; target: number };

/** @param consoleUrl external label console_url of prometheus.yml */
export function factsOf(definitions: Definitions, rules: Rule[], consoleUrl: string): Facts {
  const objectives = definitions.slo.map((slo) => objectiveOf(slo, definitions));
  return {
    objectives,
    promises: (definitions.sla ?? []).flatMap(({ name, sli, objective }) => {
      if (sli === undefined || objective === undefined) return [];
      // A promise on an objective's own indicator is counted with it.
      return [{ name, target: share(objective), record: definitions.slo.find((slo) => slo.sli === sli)?.name ?? `sla:${name}` }];
    }),
    objective: (name) => named("the objective", name, objectives.find((each) => each.name === name)),
    aspiration: (name) => round(1 - share(named("the aspiration", name, definitions.aspirations?.find((each) => each.name === name)).objective)),
    limit: (alert) => alertThreshold(alert, named("the alert", alert, rules.find((rule) => rule.alert === alert)).expr),
    consoleUrl,
  };
}

function named<T>(kind: string, name: string, found: T | undefined): T {
  if (found === undefined) throw new Error(`a dashboard asks for ${kind} ${name}, which is not there; correct monitoring/src/dashboards or put it back`);
  return found;
}

function objectiveOf({ name, sli, objective, window, symptom }: Slo, definitions: Definitions): Objective {
  const { description = "", within } = definitions.sli[sli]!;
  return { name, target: share(objective), window, symptom, description, ...(within !== undefined && { withinS: seconds(within) }) };
}
