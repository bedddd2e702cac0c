import { isMap, isNode, isScalar, LineCounter, parseAllDocuments, type Document } from "yaml";
import { parseSelector, printSelector } from "../selector.ts";
import { percent } from "./check.ts";
import type { Definitions, Sli, Slo } from "./definitions.ts";
import type { Problem } from "../yaml-syntax.ts";
import type { Window } from "./burn-tiers.ts";
import { annotation } from "./openslo-export.ts";

type Fields = Record<string, unknown>;
/** One document of the file; `at` gives the line of what stands under these keys, or of the nearest thing around it. */
type Doc = { kind: string; name: string; metadata: Fields; spec: Fields; at: (...keys: (string | number)[]) => number };
type Say = (line: number, message: string) => void;

/**
 * Definitions from OpenSLO v1, as far as it can be said in them. `refused` stops the import: it would mean something else here. `leftOut` says
 * what had no place, or was read as its nearest.
 */
export function importOpenSlo(text: string): { definitions: Definitions; refused: Problem[]; leftOut: Problem[] } {
  const refused: Problem[] = [];
  const leftOut: Problem[] = [];
  const refuse: Say = (line, message) => void refused.push({ line, message });
  const leave: Say = (line, message) => void leftOut.push({ line, message });
  const docs = readDocs(text, refuse, leave);
  const definitions: Definitions = { service: "", sli: {}, slo: [] };
  for (const doc of docs.filter(({ kind }) => kind === "SLI")) addIndicator(definitions, sliName(doc.name), doc, [], refuse, leave);
  for (const doc of docs.filter(({ kind }) => kind === "SLO")) {
    const slo = objectiveOf(definitions, doc, refuse, leave);
    if (slo) definitions.slo.push(slo);
  }
  definitions.service = definitions.slo[0]?.service ?? "";
  for (const slo of definitions.slo) if (slo.service === definitions.service) delete slo.service;
  if (definitions.slo.length === 0 && refused.length === 0) refuse(1, "there is no SLO of apiVersion openslo/v1 in it");
  return { definitions, refused: refused.sort((a, b) => a.line - b.line), leftOut: leftOut.sort((a, b) => a.line - b.line) };
}

/** Objects of a file: documents one after the other, or a list of them. */
function readDocs(text: string, refuse: Say, leave: Say): Doc[] {
  const lines = new LineCounter();
  return [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })].flatMap((document): Doc[] => {
    for (const { pos, message } of document.errors) refuse(lines.linePos(pos[0]).line, `not YAML: ${message.split("\n")[0]}`);
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
    const objects: { value: unknown; under: number[] }[] = Array.isArray(value) ? value.map((one: unknown, index) => ({ value: one, under: [index] })) : [{ value, under: [] }];
    return objects.flatMap(({ value: one, under }) => docOf(fields(one), (...keys) => lines.linePos(offsetOf(document as Document, [...under, ...keys])).line, refuse, leave));
  });
}

function docOf(value: Fields, at: Doc["at"], refuse: Say, leave: Say): Doc[] {
  if (Object.keys(value).length === 0) return [];
  const { apiVersion, kind } = value;
  const metadata = fields(value["metadata"]);
  if (apiVersion !== "openslo/v1") refuse(at("apiVersion"), `apiVersion is ${JSON.stringify(apiVersion ?? null)}; only openslo/v1 is read`);
  else if (kind === "SLI" || kind === "SLO") return [{ kind, name: String(metadata["name"] ?? ""), metadata, spec: fields(value["spec"]), at }];
  else leave(at("kind"), `${String(kind)} ${String(metadata["name"])}: left out; ${String(kind).startsWith("Alert") ? "burn alerts are generated, routes are in alertmanager.yml" : "the definitions have no place for it"}`);
  return [];
}

function objectiveOf(definitions: Definitions, doc: Doc, refuse: Say, leave: Say): Slo | undefined {
  const { name, spec, at } = doc;
  const no = (message: string, ...keys: (string | number)[]): undefined => void refuse(at(...keys), `SLO ${name}: ${message}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return no("names start with a letter and hold lower-case letters, digits and dashes here; rename it", "metadata", "name");
  if (typeof spec["service"] !== "string" || spec["service"] === "") return no("has no service; give the service.name that its metrics have as job", "spec", "service");
  if (spec["budgetingMethod"] === undefined) return no("has no budgetingMethod; budgets count events here: write Occurrences when that is meant", "spec");
  if (spec["budgetingMethod"] !== "Occurrences") return no(`budgetingMethod ${String(spec["budgetingMethod"])} counts slices of time; budgets count events here (Occurrences)`, "spec", "budgetingMethod");
  const objectives = Array.isArray(spec["objectives"]) ? spec["objectives"].map(fields) : [];
  if (objectives.length !== 1) return no(`has ${objectives.length} objectives; write one SLO for each`, "spec", "objectives");
  const [objective] = objectives;
  for (const key of ["op", "value", "timeSliceTarget", "timeSliceWindow", "indicator", "indicatorRef", "compositeWeight"]) if (objective![key] !== undefined) return no(`${key} of an objective has no meaning for a ratio of events; remove it`, "spec", "objectives", 0, key);
  const target = typeof objective!["targetPercent"] === "number" ? `${objective!["targetPercent"]}%` : typeof objective!["target"] === "number" ? percent(objective!["target"]) : "";
  if (!/^\d{1,2}(\.\d+)?%$/.test(target)) return no("needs a target below 1, or a targetPercent below 100", "spec", "objectives", 0);
  const window = windowOf(spec["timeWindow"]);
  if (!window) return no("its timeWindow is none of 7d, 28d, 30d (rolling) and 1M from the first of a month in UTC (calendar)", "spec", "timeWindow");
  const sli = indicatorOf(definitions, doc, refuse, leave);
  if (!sli) return undefined;
  if (spec["alertPolicies"] !== undefined) leave(at("spec", "alertPolicies"), `SLO ${name}: alertPolicies left out; burn alerts are generated`);
  const annotations = fields(doc.metadata["annotations"]) as Record<string, string>;
  const symptom = annotations[annotation.symptom];
  if (symptom === undefined) leave(at("metadata"), `SLO ${name}: no annotation ${annotation.symptom}; its symptom is ${name.replaceAll("-", "_")}`);
  for (const key of Object.keys(annotations)) if (!(Object.values(annotation) as string[]).includes(key)) leave(at("metadata", "annotations", key), `SLO ${name}: annotation ${key} left out`);
  return {
    name, ...described(spec), service: spec["service"], sli, objective: target, window, symptom: symptom ?? name.replaceAll("-", "_"),
    ...(annotations[annotation.dashboard] !== undefined && { dashboard: annotations[annotation.dashboard]! }),
    ...(annotations[annotation.minEvents] !== undefined && { minEvents: Number(annotations[annotation.minEvents]) }),
    ...(annotations[annotation.factors] !== undefined && { factors: annotations[annotation.factors]!.split(" ").map(Number) }),
  };
}

/** Name of the indicator of an SLO: the one it refers to, or its own, which is added. */
function indicatorOf(definitions: Definitions, doc: Doc, refuse: Say, leave: Say): string | undefined {
  const { name, spec, at } = doc;
  if (spec["indicator"] === undefined) {
    const reference = sliName(String(spec["indicatorRef"] ?? ""));
    // An indicator that is there and was refused has been reported.
    if (!Object.hasOwn(definitions.sli, reference)) return void refuse(at("spec", "indicatorRef"), `SLO ${name}: no usable SLI ${String(spec["indicatorRef"])} in this file`);
    return reference;
  }
  const indicator = fields(spec["indicator"]);
  const own = sliName(String(fields(indicator["metadata"])["name"] ?? name));
  return addIndicator(definitions, own, { ...doc, spec: fields(indicator["spec"]) }, ["spec", "indicator"], refuse, leave) ? own : undefined;
}

function addIndicator(definitions: Definitions, name: string, { spec, at }: Doc, under: string[], refuse: Say, leave: Say): boolean {
  const line = at(...under, "spec");
  try {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error("its name has to start with a letter and hold letters, digits and dashes");
    if (Object.hasOwn(definitions.sli, name)) throw new Error("this name is taken by another SLI; choose another");
    const { sli, stripped } = indicator(spec);
    definitions.sli[name] = { ...described(spec), ...sli };
    if (stripped) leave(line, `SLI ${name}: rate and sum around its counters left out; rules count over their own windows`);
    return true;
  } catch (error) {
    refuse(line, `SLI ${name}: ${(error as Error).message}`);
    return false;
  }
}

/** @throws {Error} saying why it cannot be counted. */
function indicator(spec: Fields): { sli: Sli; stripped: boolean } {
  if (spec["thresholdMetric"] !== undefined) throw new Error("thresholdMetric compares a value with a threshold; only ratios of events have a budget here. Count the good events: a bucket of a histogram, or a counter");
  const ratio = fields(spec["ratioMetric"]);
  if (ratio["raw"] !== undefined) throw new Error("a raw ratio has lost how many events it stands for; give good (or bad) and total");
  const [total, good, bad] = ["total", "good", "bad"].map((key) => queryOf(ratio[key], key));
  if (total === undefined || (good === undefined) === (bad === undefined)) throw new Error("needs ratioMetric with total and either good or bad");
  const probed = /^count\((.+)\)$/.exec(total)?.[1];
  if (ratio["counter"] === false) {
    if (probed !== undefined && good === `sum(${probed})`) return { sli: { probe: printSelector(parseSelector(probed)) }, stripped: false };
    throw new Error("counter: false is read for probes only: good is sum(x) and total is count(x) of a metric that is 1 or 0");
  }
  const native = /^histogram_count\((.+)\)$/.exec(total)?.[1];
  const part = /^histogram_fraction\(-Inf, ([\d.]+), (.+)\) \* histogram_count\((.+)\)$/.exec(good ?? "");
  if (native !== undefined && part?.[2] === native && part[3] === native) return { sli: { native_histogram: native, within: duration(Number(part[1])) }, stripped: false };
  const [all, counted] = [counter(total), counter((good ?? bad)!)];
  const stripped = all.text !== total || counted.text !== (good ?? bad);
  const latency = good === undefined ? undefined : histogramOf(counted.text, all.text);
  return { sli: latency ?? { total: all.text, ...(good === undefined ? { bad: counted.text } : { good: counted.text }) }, stripped };
}

function queryOf(metric: unknown, key: string): string | undefined {
  if (metric === undefined) return undefined;
  const { type, spec } = fields(fields(metric)["metricSource"]);
  const query = fields(spec)["query"];
  if (type !== undefined && String(type).toLowerCase() !== "prometheus") throw new Error(`${key} comes from ${String(type)}; only Prometheus is read`);
  if (typeof query !== "string") throw new Error(`${key} has no metricSource.spec.query`);
  return query.trim();
}

/** The counter that a query sums: `sum(rate(x{a="b"}[5m]))` to `x{a="b"}`. */
function counter(query: string): { text: string } {
  let text = query;
  for (let inner: string | undefined = query; inner !== undefined; inner = /^(?:sum|rate|increase)\s*\((.+)\)$/s.exec(text)?.[1]?.trim()) text = inner.replace(/\[[^\]]*\]$/, "").trim();
  return { text: printSelector(parseSelector(text)) };
}

/** Good requests are a bucket of a histogram, all of them its count, with the same labels besides. */
function histogramOf(good: string, total: string): Sli | undefined {
  const [bucket, count] = [parseSelector(good), parseSelector(total)];
  const bound = bucket.matchers.map(({ text }) => /^le\s*=\s*"([\d.]+)"$/.exec(text)?.[1]).find((le) => le !== undefined);
  const name = /^(.+)_bucket$/.exec(bucket.name)?.[1];
  const rest = { name: name ?? "", matchers: bucket.matchers.filter(({ label }) => label !== "le") };
  if (bound === undefined || count.name !== `${name}_count` || printSelector(rest) !== printSelector({ ...count, name: name! })) return undefined;
  return { histogram: printSelector(rest), within: duration(Number(bound)) };
}

function windowOf(value: unknown): Window | undefined {
  const windows = Array.isArray(value) ? value.map(fields) : [];
  if (windows.length !== 1) return undefined;
  const { duration: length, calendar, isRolling } = windows[0]!;
  if (calendar === undefined) return isRolling === false ? undefined : ({ "7d": "7d", "1w": "7d", "28d": "28d", "4w": "28d", "30d": "30d" } as const)[String(length)];
  const { startTime, timeZone } = fields(calendar);
  return length === "1M" && isRolling !== true && timeZone === "UTC" && /^\d{4}-\d\d-01[ T]00:00(:00)?/.test(String(startTime)) ? "month" : undefined;
}

function duration(seconds: number): string {
  return seconds < 1 ? `${Number((seconds * 1000).toPrecision(10))}ms` : `${seconds}s`;
}

function sliName(name: string): string {
  return name.replaceAll("-", "_");
}

function described(spec: Fields): { description?: string } {
  return typeof spec["description"] === "string" ? { description: spec["description"] } : {};
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function offsetOf(document: Document, keys: (string | number)[]): number {
  for (let length = keys.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true);
    const key = isMap(parent) ? parent.items.map((pair) => pair.key).find((one) => isScalar(one) && one.value === keys[length - 1]) : undefined;
    const node = key ?? document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}
