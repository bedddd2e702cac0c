import { stringify } from "yaml";
import { parseSelector, printSelector } from "../selector.ts";
import { seconds } from "./check.ts";
import type { Definitions, Sli, Slo } from "./definitions.ts";
import type { Path } from "../yaml-shape.ts";

/** Annotations that carry what OpenSLO has no field for. */
export const annotation = { symptom: "helloagents/symptom", dashboard: "helloagents/dashboard", minEvents: "helloagents/min-events", factors: "helloagents/factors" } as const;

/**
 * Definitions as OpenSLO v1 (https://github.com/OpenSLO/OpenSLO), one document for each indicator and objective, and where in the definitions stands what
 * it cannot say.
 */
export function exportOpenSlo(definitions: Definitions): { text: string; leftOut: { path: Path; message: string }[] } {
  const documents = [
    ...Object.entries(definitions.sli).map(([name, sli]) => ({ apiVersion: "openslo/v1", kind: "SLI", metadata: { name: name.replaceAll("_", "-") }, spec: { ...described(sli), ratioMetric: ratioMetric(sli) } })),
    ...definitions.slo.map((slo) => sloDocument(slo, definitions.service)),
  ];
  const left = (list: "aspirations" | "sla", what: string): { path: Path; message: string }[] =>
    (definitions[list] ?? []).map(({ name }, index) => ({ path: [list, index], message: `${list} ${name}: OpenSLO has no ${what}; left out` }));
  return { text: documents.map((document) => stringify(document, { lineWidth: 0 })).join("---\n"), leftOut: [...left("aspirations", "aspirations"), ...left("sla", "promises to users")] };
}

function sloDocument(slo: Slo, service: string): object {
  const annotations = {
    [annotation.symptom]: slo.symptom,
    ...(slo.dashboard !== undefined && { [annotation.dashboard]: slo.dashboard }),
    ...(slo.minEvents !== undefined && { [annotation.minEvents]: String(slo.minEvents) }),
    ...(slo.factors && { [annotation.factors]: slo.factors.join(" ") }),
  };
  const timeWindow = slo.window === "month" ? { duration: "1M", calendar: { startTime: "2026-01-01 00:00:00", timeZone: "UTC" }, isRolling: false } : { duration: slo.window, isRolling: true };
  return {
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata: { name: slo.name, annotations },
    spec: {
      ...described(slo), service: slo.service ?? service, indicatorRef: slo.sli.replaceAll("_", "-"), timeWindow: [timeWindow], budgetingMethod: "Occurrences",
      objectives: [{ targetPercent: Number.parseFloat(slo.objective) }],
    },
  };
}

function described({ description }: { description?: string }): { description?: string } {
  return description === undefined ? {} : { description };
}

function ratioMetric(sli: Sli): object {
  if (sli.probe !== undefined) return { counter: false, good: source(`sum(${sli.probe})`), total: source(`count(${sli.probe})`) };
  if (sli.native_histogram !== undefined) {
    return { counter: true, good: source(`histogram_fraction(-Inf, ${seconds(sli.within!)}, ${sli.native_histogram}) * histogram_count(${sli.native_histogram})`), total: source(`histogram_count(${sli.native_histogram})`) };
  }
  if (sli.histogram === undefined) return { counter: true, ...(sli.good === undefined ? { bad: source(sli.bad!) } : { good: source(sli.good) }), total: source(sli.total!) };
  const histogram = parseSelector(sli.histogram);
  return { counter: true, good: source(printSelector(histogram, "_bucket", `le="${seconds(sli.within!)}"`)), total: source(printSelector(histogram, "_count")) };
}

function source(query: string): object {
  return { metricSource: { type: "Prometheus", spec: { query } } };
}
