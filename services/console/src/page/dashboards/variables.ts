import type { Variable } from "./model.ts";

/** Values of each variable; `$__all` alone means all. */
export type Values = ReadonlyMap<string, readonly string[]>;

export const ALL = "$__all";

/** Values that the address gives (`var-service=a&var-service=b`), else those the dashboard opens with. */
export function chosenValues(variables: readonly Variable[], query: URLSearchParams): Values {
  return new Map(variables.map((variable) => {
    const given = query.getAll(`var-${variable.name}`).filter(Boolean);
    return [variable.name, given.length > 0 ? given.map((value) => (value === "All" ? ALL : value)) : opening(variable)];
  }));
}

function opening({ type, query, current }: Variable): string[] {
  if (type === "constant" && typeof query === "string") return [query];
  return [current?.value ?? []].flat();
}

/** An expression with its variables filled in, several values as alternatives of a regular expression. Names that are no variables stay. */
export function fillIn(expression: string, variables: readonly Variable[], values: Values, more: Record<string, string> = {}): string {
  return expression.replaceAll(/\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    if (Object.hasOwn(more, name)) return more[name]!;
    const chosen = values.get(name);
    if (chosen === undefined) return whole;
    if (chosen.includes(ALL)) return variables.find((each) => each.name === name)?.allValue ?? ".*";
    return chosen.length === 1 ? escapeRegex(chosen[0]!) : `(${chosen.map(escapeRegex).join("|")})`;
  });
}

/** A value as the regular expression that means just it, inside a PromQL string, where a backslash is written twice. */
function escapeRegex(value: string): string {
  return value.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll("\\", String.raw`\\`).replaceAll('"', String.raw`\"`);
}

/** Grafana's windows: a rate needs four scrapes, or one more than the step, whichever is longer. */
export function windows(stepS: number, scrapeS: number, rangeS: number): Record<string, string> {
  return { __interval: `${stepS}s`, __rate_interval: `${Math.max(stepS + scrapeS, 4 * scrapeS)}s`, __range: `${Math.max(1, Math.round(rangeS))}s` };
}

/** Label and selector of `label_values(selector, label)`; a selector may be left out. */
export function labelQuery(query: Variable["query"]): { label: string; selector: string | undefined } | undefined {
  const text = typeof query === "string" ? query : (query?.query ?? "");
  const found = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\)$/s.exec(text.trim());
  return found ? { label: found[2]!, selector: found[1] } : undefined;
}

/** The address of the search for a link: variables as they are written there, and what `more` knows (`__from`, `__value.raw`). */
export function fillLink(url: string, values: Values, more: Record<string, string>): string {
  return url.replaceAll(/\$\{([\w.]+)\}/g, (whole, name: string) => {
    if (name === "console_url") return "";
    if (name === "sentry_search") return "/issues";
    const value = more[name] ?? values.get(name)?.filter((each) => each !== ALL).join(",");
    return value === undefined ? (name.startsWith("__field.labels.") ? "" : whole) : encodeURIComponent(value);
  });
}
