import { isLiteralSecret } from "../config/literal-secret.ts";
import { isTree, type Tree, treeAt } from "../config/merge.ts";
import { pipelinesOf, typeOf } from "../config/topology.ts";

/** One setting that is not the same in both effective configurations; undefined: not set. */
export interface SettingChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** What is written differently, whatever files it is written in. Components and lists that are only on one side are one entry. */
export function structureOf(a: Tree, b: Tree): SettingChange[] {
  return differing(a, b, []);
}

function differing(a: unknown, b: unknown, path: string[]): SettingChange[] {
  if (isTree(a) && isTree(b)) return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => (key in a && key in b ? differing(a[key], b[key], [...path, key]) : [{ path: [...path, key].join(" > "), before: key in a ? asText(a[key], [...path, key]) : undefined, after: key in b ? asText(b[key], [...path, key]) : undefined }]));
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.some(isTree)) return a.flatMap((each: unknown, index) => differing(each, b[index], [...path, String(index + 1)]));
  if (written(a) === written(b)) return [];
  return listChange(a, b, path) ?? [{ path: path.join(" > "), before: asText(a, path), after: asText(b, path) }];
}

/** Of two lists of words, only what one of them lacks; undefined when it is the order that differs. */
function listChange(a: unknown, b: unknown, at: string[]): SettingChange[] | undefined {
  if (!Array.isArray(a) || !Array.isArray(b) || [...a, ...b].some((each) => typeof each === "object")) return undefined;
  const path = at.join(" > ");
  const gone = a.filter((each) => !b.includes(each)).map((each) => ({ path, before: asText(each, at), after: undefined }));
  const come = b.filter((each) => !a.includes(each)).map((each) => ({ path, before: undefined, after: asText(each, at) }));
  if (gone.length === 1 && come.length === 1) return [{ path, before: gone[0]?.before, after: come[0]?.after }];
  return gone.length + come.length === 0 ? undefined : [...gone, ...come];
}

/** Secrets that are written out stay here: a comparison becomes a comment that many read. */
const asText = (value: unknown, path: readonly string[]): string => written(masked(value, path));

const written = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? "null"));

function masked(value: unknown, path: readonly string[]): unknown {
  if (typeof value === "string") return isLiteralSecret(path, value) ? "****" : value;
  if (Array.isArray(value)) return value.map((each) => masked(each, path));
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, [...path, key])])) : value;
}

/** What components keep in memory only, by type without underscores. */
const STATE: Record<string, string> = {
  tailsampling: "traces that wait for their decision, and the decisions",
  groupbytrace: "traces that wait for their spans",
  deltatocumulative: "the sums so far: each counter starts at 0 again",
  cumulativetodelta: "the last values: the first increase of each series",
  spanmetrics: "the counts so far: each counter starts at 0 again",
  servicegraph: "the counts so far, and calls that wait for their other half",
  interval: "the values since it last sent",
  metricstarttime: "the start times",
  logdedup: "the repetitions since it last sent",
  prometheus: "the values that are shown for scraping",
};

/** What a reload of a configuration forgets: components that keep something in memory only, with what. */
export function stateOf(config: Tree): { component: string; pipelines: string[]; state: string }[] {
  const pipelines = pipelinesOf(config);
  const components = [...new Set(pipelines.flatMap(({ processors, exporters }) => [...processors, ...exporters]))];
  return components.flatMap((component) => {
    const used = pipelines.filter(({ processors, exporters }) => processors.includes(component) || exporters.includes(component)).map(({ id }) => id);
    const known = STATE[typeOf(component).replaceAll("_", "")];
    if (known !== undefined) return [{ component, pipelines: used, state: known }];
    const body = treeAt(config, "exporters")[component];
    const queue = treeAt(body, "sending_queue");
    const isQueued = component in treeAt(config, "exporters") && /otlp/.test(typeOf(component)) && queue["enabled"] !== false && queue["storage"] === undefined;
    return isQueued ? [{ component, pipelines: used, state: "its queue, when the destination does not take it before the stop" }] : [];
  });
}
