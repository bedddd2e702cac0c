import { parser } from "@prometheus-io/lezer-promql";
import { matchersIn, type Matcher } from "./promql/tree.ts";

/** A metric with label matchers, `name{a="b",c=~"d"}`, and nothing around it; `text` is a matcher as written. */
export type Selector = { name: string; matchers: (Pick<Matcher, "label" | "op" | "value"> & { text: string })[] };

/** @throws {Error} when `expression` is anything else, such as a function, a range or a sum. */
export function parseSelector(expression: string): Selector {
  const selector = parser.parse(expression).topNode.firstChild;
  const identifier = selector?.getChild("Identifier");
  const broken = selector?.toString().includes("⚠") ?? true;
  if (broken || selector?.name !== "VectorSelector" || !identifier || selector.nextSibling) {
    throw new Error(`"${expression}" is not a plain metric with label matchers, such as http_server_request_duration_seconds_count{job="shop"}`);
  }
  const list = selector.getChild("LabelMatchers");
  if (list?.getChild("QuotedLabelName")) throw new Error(`"${expression}" names two metrics; leave out the one in braces`);
  const matchers = matchersIn(list, expression).map(({ from, to, ...matcher }) => ({ ...matcher, text: expression.slice(from, to) }));
  return { name: expression.slice(identifier.from, identifier.to), matchers };
}

/** The selector as PromQL, with `suffix` on its name and further matchers. */
export function printSelector({ name, matchers }: Selector, suffix = "", ...more: string[]): string {
  const all = [...matchers.map(({ text }) => text), ...more];
  return `${name}${suffix}${all.length > 0 ? `{${all.join(",")}}` : ""}`;
}
