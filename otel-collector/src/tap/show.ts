import { asText, type Item } from "../cases/items.ts";
import { CannotRun } from "../failure.ts";

/** One `--filter`: an attribute (of the item, its scope or its resource) or `name`, and what it has to be. */
export interface Filter {
  key: string;
  /** undefined: it only has to be there. */
  value: string | RegExp | undefined;
}

/** `key=value`, `key=/pattern/`, or `key`. @throws CannotRun for a pattern that is none. */
export function parseFilter(text: string): Filter {
  const at = text.indexOf("=");
  if (at === 0 || text === "") throw new CannotRun(`--filter ${text}: write key=value, key=/pattern/ or key.`);
  if (at < 0) return { key: text, value: undefined };
  const value = text.slice(at + 1);
  const pattern = /^\/(.+)\/$/.exec(value)?.[1];
  try {
    return { key: text.slice(0, at), value: pattern === undefined ? value : new RegExp(pattern) };
  } catch {
    throw new CannotRun(`--filter ${text}: ${value} is no regular expression.`);
  }
}

/** Whether all filters hold. */
export const passes = (item: Item, filters: readonly Filter[]): boolean =>
  filters.every(({ key, value }) => {
    const found = item.attributes[key] ?? item.scopeAttributes[key] ?? item.resource[key] ?? (key === "name" ? item.name : undefined);
    if (found === undefined) return false;
    return value === undefined || (typeof value === "string" ? asText(found) === value : value.test(asText(found)));
  });

const VALUE_CHARS = 300;
const ITEM_CHARS = 8_000;

/** An item for people: what it is, then its attributes. */
export function show(label: string, item: Item): string {
  const kind = { traces: "span", logs: "log", metrics: "point" }[item.signal];
  const more = [item.kind, item.status === "unset" ? undefined : item.status, item.severity, item.type, item.temporality, item.value].filter((each) => each !== undefined && each !== "");
  const head = `${label}  ${kind} "${cut(item.name)}"  ${more.map((each) => clean(asText(each))).join(" ")}  ${cut(asText(item.resource["service.name"] ?? ""))}`.trimEnd();
  const body = item.body !== undefined && item.body !== item.name && item.body !== "" ? [`body: ${cut(item.body)}`] : [];
  const message = item.message ? [`message: ${cut(item.message)}`] : [];
  const attributes = Object.entries(item.attributes).map(([key, value]) => `${cut(key)}=${cut(asText(value))}`);
  const events = (item.events ?? []).map(({ name, attributes: own }) => `event "${cut(name)}" ${Object.entries(own).map(([key, value]) => `${cut(key)}=${cut(asText(value))}`).join(" ")}`);
  return [head, ...[...message, ...body, attributes.join("  "), ...events].filter(Boolean).map((line) => `    ${line}`)].join("\n").slice(0, ITEM_CHARS);
}

/** An item for programs: one line of JSON, long texts cut. */
export const showJson = (label: string, item: Item): string =>
  JSON.stringify({ at: label, ...item }, (_key, value: unknown) => (typeof value === "string" && value.length > ITEM_CHARS ? `${value.slice(0, ITEM_CHARS)}...` : value));

/** What comes from outside must not command the terminal. */
// oxlint-disable-next-line no-control-regex
const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => (char === "\n" ? "\\n" : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`));
const cut = (text: string): string => clean(text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}...` : text);
