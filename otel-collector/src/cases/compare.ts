import type { Path } from "../config/config-file.ts";
import type { Attributes, Expectation, ExpectedItem } from "./case.ts";
import { asSelector, parseSelector, seriesOf } from "../series/prometheus-series.ts";
import { asText, describe, type Item } from "./items.ts";

/** What an exporter's sink has got. */
export interface Arrived {
  items: readonly Item[];
  /** The bodies as they came, and parsed. */
  text: string;
  bodies: readonly unknown[];
}

/** One expectation that does not hold. `path` is below the exporter's name in the case. */
export interface Difference {
  path: Path;
  title: string;
  expected: string[];
  got: string[];
}

const SHOWN = 8;

/** Compares what one exporter was sent with what was expected there. */
export function differences(expected: "nothing" | Expectation, arrived: Arrived): Difference[] {
  const { items, text } = arrived;
  if (expected === "nothing") return items.length === 0 ? [] : [{ path: [], title: "nothing", expected: ["nothing"], got: list(items) }];
  const found: Difference[] = [];
  const { count, names } = expected;
  if (count !== undefined && count !== items.length) found.push({ path: ["count"], title: "count", expected: [String(count)], got: [String(items.length), ...list(items)] });
  if (names !== undefined) {
    const lacking = without(names, items.map(({ name }) => name));
    const surplus = without(items.map(({ name }) => name), names);
    if (lacking.length + surplus.length > 0) found.push({ path: ["names"], title: "names", expected: lacking, got: surplus });
  }
  for (const [key, wanted] of Object.entries(expected.attributes ?? {})) {
    const wrong = items.filter((item) => !matches(wanted, lookUp(item, key)));
    const got = items.length === 0 ? ["nothing arrived"] : wrong.map((item) => `${lookUp(item, key) === undefined ? "not set" : asText(lookUp(item, key))}   in ${describe(item)}`);
    if (got.length > 0) found.push({ path: ["attributes", key], title: `attribute ${key}`, expected: [asText(wanted)], got: cut(got) });
  }
  expected.absent?.forEach((key, index) => {
    const having = items.filter((item) => holders(item).some((attributes) => key in attributes));
    if (having.length > 0) found.push({ path: ["absent", index], title: `absent ${key}`, expected: ["not set anywhere"], got: list(having) });
  });
  expected.absent_values?.forEach((value, index) => {
    const hits = [...text.matchAll(pattern(value, "gi"))].map((match) => `...${text.slice(Math.max(0, match.index - 40), match.index + match[0].length + 20).replaceAll("\n", " ")}...`);
    if (hits.length > 0) found.push({ path: ["absent_values", index], title: `absent value ${value}`, expected: ["nowhere"], got: cut(hits) });
  });
  expected.present_values?.forEach((value, index) => {
    if (!pattern(value, "").test(text)) found.push({ path: ["present_values", index], title: `present value ${value}`, expected: [value], got: ["nowhere", ...list(items)] });
  });
  return [...found, ...lackingItems(expected.items ?? [], items), ...seriesDifferences(expected, arrived)];
}

/** What Prometheus would make of what arrived. */
function seriesDifferences({ series, series_count }: Expectation, { bodies }: Arrived): Difference[] {
  if (series === undefined && series_count === undefined) return [];
  const all = seriesOf(bodies);
  const counted = all.filter(({ name }) => name !== "target_info");
  const found: Difference[] = [];
  if (series_count !== undefined && series_count !== counted.length) found.push({ path: ["series_count"], title: "series_count", expected: [String(series_count)], got: [String(counted.length), ...cut(counted.map(asSelector))] });
  series?.forEach((selector, index) => {
    const wanted = parseSelector(selector);
    if (wanted && all.some(({ name, labels }) => name === wanted.name && Object.entries(wanted.labels).every(([key, value]) => (labels[key] ?? "") === value))) return;
    const near = all.filter(({ name }) => name === wanted?.name);
    const got = near.length > 0 ? near : all.filter(({ name }) => name.startsWith(wanted?.name.slice(0, 4) ?? ""));
    found.push({ path: ["series", index], title: `series ${index + 1}`, expected: [selector], got: cut((got.length > 0 ? got : all).map(asSelector)) });
  });
  return found;
}

/** Each expected item needs an item of its own. */
function lackingItems(expected: readonly ExpectedItem[], items: readonly Item[]): Difference[] {
  const free = new Set(items);
  return expected.flatMap((wanted, index): Difference[] => {
    const match = [...free].find((item) => faults(wanted, item).length === 0);
    if (match) {
      free.delete(match);
      return [];
    }
    const [nearest] = [...free].sort((a, b) => faults(wanted, a).length - faults(wanted, b).length);
    if (!nearest) return [{ path: ["items", index], title: `item ${index + 1}`, expected: [JSON.stringify(wanted)], got: [items.length === 0 ? "nothing arrived" : "no further item"] }];
    const differ = faults(wanted, nearest);
    return [{ path: ["items", index], title: `item ${index + 1}; the nearest is ${describe(nearest)}`, expected: differ.map(([key, want]) => `${key}: ${want}`), got: differ.map(([key, , got]) => `${key}: ${got}`) }];
  });
}

/** Where an item is not as wanted: key, wanted, got. */
function faults(wanted: ExpectedItem, item: Item): [string, string, string][] {
  const { attributes = {}, resource = {}, absent = [], events, ...plain } = wanted;
  const all: [string, unknown, unknown][] = [
    ...Object.entries(plain).map(([key, want]): [string, unknown, unknown] => [key, want, item[key as keyof Item]]),
    ...pairs("attributes", attributes, item.attributes),
    ...pairs("resource", resource, item.resource),
    ...(events ? [["events", [...events].sort(), (item.events ?? []).map(({ name }) => name).sort()] as [string, unknown, unknown]] : []),
  ];
  return [
    ...all.filter(([, want, got]) => !matches(want, got)).map(([key, want, got]): [string, string, string] => [key, asText(want), got === undefined ? "not set" : asText(got)]),
    ...absent.filter((key) => key in item.attributes).map((key): [string, string, string] => [`attributes.${key}`, "not set", asText(item.attributes[key])]),
  ];
}

const pairs = (name: string, wanted: Attributes, got: Record<string, unknown>): [string, unknown, unknown][] =>
  Object.entries(wanted).map(([key, want]) => [`${name}.${key}`, want, got[key]]);

/** Equal as text: OTLP/JSON writes some numbers as text. `/.../` is a regular expression. */
function matches(wanted: unknown, got: unknown): boolean {
  if (got === undefined) return false;
  if (typeof wanted === "number" && !Number.isInteger(wanted)) return Math.abs(wanted - Number(got)) <= Math.abs(wanted) * 1e-9;
  return typeof wanted === "string" && isPattern(wanted) ? pattern(wanted, "").test(asText(got)) : asText(wanted) === asText(got);
}

const isPattern = (text: string): boolean => text.length > 2 && text.startsWith("/") && text.endsWith("/") && !/^\/[\w:/-]*\/$/.test(text);

const pattern = (text: string, flags: string): RegExp => new RegExp(isPattern(text) ? text.slice(1, -1) : RegExp.escape(text), flags);

const holders = (item: Item): Record<string, unknown>[] => [item.attributes, item.resource, item.scopeAttributes, ...(item.events ?? []).map(({ attributes }) => attributes)];

const lookUp = (item: Item, key: string): unknown => [item.attributes, item.scopeAttributes, item.resource].find((attributes) => key in attributes)?.[key];

const list = (items: readonly Item[]): string[] => cut(items.map(describe));

const cut = (lines: string[]): string[] => (lines.length > SHOWN ? [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`] : lines);

/** `names` less `others`, each counted. */
function without(names: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return names.filter((name) => {
    const index = rest.indexOf(name);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}
