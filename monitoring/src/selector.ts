import { parser } from "@prometheus-io/lezer-promql";

/** A metric with label matchers, `name{a="b",c=~"d"}`, and nothing around it. */
export type Selector = { name: string; matchers: { label: string; text: string }[] };

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
  const matchers = [...(list?.getChildren("UnquotedLabelMatcher") ?? []), ...(list?.getChildren("QuotedLabelMatcher") ?? [])].map((node) => {
    const label = (node.getChild("LabelName") ?? node.getChild("QuotedLabelName"))!;
    return { label: expression.slice(label.from, label.to).replaceAll(/^["'`]|["'`]$/g, ""), text: expression.slice(node.from, node.to) };
  });
  return { name: expression.slice(identifier.from, identifier.to), matchers };
}

/** The selector as PromQL, with `suffix` on its name and further matchers. */
export function printSelector({ name, matchers }: Selector, suffix = "", ...more: string[]): string {
  const all = [...matchers.map(({ text }) => text), ...more];
  return `${name}${suffix}${all.length > 0 ? `{${all.join(",")}}` : ""}`;
}
