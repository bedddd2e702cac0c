import { tiersOf } from "./burn-tiers.ts";
import { seriesNames, type Metric } from "../files.ts";
import { patternProblem } from "../matchers.ts";
import { nearest } from "../nearest.ts";
import { metricNames } from "../promql-names.ts";
import { parseSelector } from "../selector.ts";
import { readSloFile, type Definitions, type Sli } from "./definitions.ts";
import type { Path } from "../yaml-shape.ts";
import type { Problem } from "../yaml-syntax.ts";

/** Definitions of a text, or everything that is wrong with it, by line. */
export function checkSloFile(text: string, metrics: Metric[]): { definitions: Definitions } | { problems: Problem[] } {
  const file = readSloFile(text);
  if ("problems" in file) return { problems: inOrder(file.problems) };
  const problems: Problem[] = [];
  const report = (path: Path, message: string): void => void problems.push({ line: file.lineOf(path), message });
  const { definitions } = file;
  for (const [name, sli] of Object.entries(definitions.sli)) checkSli(sli, metrics, (message, key) => report(["sli", name, ...(key ? [key] : [])], `sli ${name}: ${message}`));
  for (const list of ["slo", "aspirations", "sla"] as const) checkList(definitions, list, report);
  for (const [index, { query }] of (definitions.sla ?? []).entries()) {
    if (query === undefined) continue;
    const wrong = failure(() => checkNames(metricNames(query), metrics));
    if (wrong) report(["sla", index, "query"], wrong);
  }
  for (const [index, slo] of definitions.slo.entries()) {
    const budget = 1 - share(slo.objective);
    if (budget === 1) report(["slo", index, "objective"], `slo ${slo.name}: an objective of 0% is always met; raise it or remove the objective`);
    const never = tiersOf(slo.window, slo.factors).filter(({ factor }) => factor * budget >= 1);
    if (never.length === 0 || budget === 1) continue;
    const worst = Math.max(...never.map(({ factor }) => factor));
    report(["slo", index, slo.factors ? "factors" : "objective"],
      `slo ${slo.name}: ${worst} times the budget of ${percent(budget)} is ${percent(worst * budget)} of all events: the alert over ${never[0]!.long} can never fire. ` +
        `Raise the objective above ${percent(Math.ceil(round((1 - 1 / worst) * 1000)) / 1000)}, or set factors, each below ${round(1 / budget)}`);
  }
  return problems.length > 0 ? { problems: inOrder(problems) } : { definitions };
}

/** "99.5%" as 0.995, without the error that dividing adds. */
export function share(text: string): number {
  return round(Number.parseFloat(text) / 100);
}

/** 0.072 as "7.2%". */
export function percent(value: number): string {
  return `${round(value * 100)}%`;
}

/** "200ms" or "2s" in seconds. */
export function seconds(text: string): number {
  return round(text.endsWith("ms") ? Number.parseFloat(text) / 1000 : Number.parseFloat(text));
}

/** Ten digits: what is written with fewer comes back as written. */
export function round(value: number): number {
  return Number(value.toPrecision(10));
}

function checkList(definitions: Definitions, list: "slo" | "aspirations" | "sla", report: (path: Path, message: string) => void): void {
  const seen = new Map<string, number>();
  for (const [index, { name, sli }] of (definitions[list] ?? []).entries()) {
    if (seen.has(name)) report([list, index, "name"], `${list} ${name}: this name is taken by entry ${seen.get(name)! + 1} of ${list}; choose another`);
    else seen.set(name, index);
    if (sli === undefined || Object.hasOwn(definitions.sli, sli)) continue;
    const names = Object.keys(definitions.sli);
    const meant = nearest(sli, names);
    report([list, index, "sli"], `${list} ${name}: there is no sli "${sli}"; ${meant ? `did you mean "${meant}"?` : `there are ${names.join(", ")}`}`);
  }
}

function checkSli(sli: Sli, metrics: Metric[], report: (message: string, key?: string) => void): void {
  const { description: _, ...keys } = sli;
  const kind = Object.keys(keys).sort().join(" ");
  if (!["good total", "bad total", "histogram within", "native_histogram within", "probe"].includes(kind)) {
    report(`has ${Object.keys(keys).join(", ") || "nothing to measure"}; it takes total with good or bad (ratio), histogram or native_histogram with within (latency), or probe`);
    return;
  }
  for (const [key, text] of Object.entries(keys)) {
    if (key === "within") continue;
    const wrong = failure(() => checkSelector(text, key, metrics));
    if (wrong) report(wrong, key);
  }
  const histogram = sli.histogram === undefined ? undefined : metrics.find(({ name }) => name === /^\w+/.exec(sli.histogram!)?.[0]);
  if (histogram?.buckets && sli.within && !histogram.buckets.includes(seconds(sli.within))) {
    report(`within ${sli.within} is no bucket of ${histogram.name}, so nothing counts the events up to it; its buckets in seconds are ${histogram.buckets.join(", ")}`, "within");
  }
}

function checkSelector(text: string, key: string, metrics: Metric[]): void {
  const { name, matchers } = parseSelector(text);
  const wanted = key === "histogram" || key === "native_histogram" ? key : key === "probe" ? "gauge" : "counter";
  const candidates = new Map(metrics.filter(({ type }) => type === wanted || (wanted === "counter" && type === "histogram")).flatMap((metric) =>
    (wanted === "histogram" ? [metric.name] : seriesNames(metric)).map((series) => [series, metric] as const)));
  const metric = candidates.get(name);
  if (!metric) {
    const other = metrics.find((each) => each.name === name)?.type;
    if (other === "histogram" && wanted === "native_histogram") throw new Error(`${key}: ${name} has classic buckets in metrics.yml; use histogram with within, or give it type native_histogram there when it is sent as one`);
    if (other === "native_histogram" && wanted === "histogram") throw new Error(`${key}: ${name} is a native histogram without buckets; use native_histogram with within`);
    const meant = nearest(name, candidates.keys());
    throw new Error(`${key}: "${name}" is no ${wanted} of metrics.yml; ${meant ? `did you mean "${meant}"?` : "add it there, or correct the name"}`);
  }
  const labels = ["job", "instance", ...metric.labels, ...(name.endsWith("_bucket") ? ["le"] : [])];
  for (const { label } of matchers) {
    if (labels.includes(label)) continue;
    const meant = nearest(label, labels);
    throw new Error(`${key}: ${name} has no label "${label}"; ${meant ? `did you mean "${meant}"?` : `it has ${labels.join(", ")}`}`);
  }
  for (const { op, value, text: matcher } of matchers) {
    const wrong = op.endsWith("~") ? patternProblem(value) : undefined;
    if (wrong !== undefined) throw new Error(`${key}: ${matcher}: ${wrong}`);
  }
  const bound = matchers.map(({ text: matcher }) => /^le\s*=\s*"([\d.]+)"$/.exec(matcher)?.[1]).find((le) => le !== undefined);
  if (bound !== undefined && !metric.buckets?.includes(Number(bound))) throw new Error(`${key}: le="${bound}" is no bucket of ${metric.name}; its buckets are ${metric.buckets?.join(", ")}`);
}

function checkNames(names: string[], metrics: Metric[]): void {
  const known = new Set(metrics.flatMap(seriesNames));
  for (const name of names) {
    if (known.has(name)) continue;
    const meant = nearest(name, known);
    throw new Error(`query: "${name}" is not in metrics.yml; ${meant ? `did you mean "${meant}"?` : "add it there, or correct the name"}`);
  }
}

/** Message of what `check` throws. */
function failure(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line);
}
