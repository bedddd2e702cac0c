import { parser } from "@prometheus-io/lezer-promql";

/**
 * Metric names that a PromQL expression reads, sorted, each once. `{__name__=~"..."}` counts as the names it spells out, when it is a plain
 * alternation such as `a_(b|c)_d`.
 * @throws {Error} when the expression does not parse, with the place.
 */
export function metricNames(expression: string): string[] {
  const names = new Set<string>();
  parser.parse(expression).iterate({
    enter(node) {
      const text = expression.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`not PromQL at character ${node.from}: ${expression.slice(node.from, node.from + 40) || "(end)"}`);
      if (node.name === "VectorSelector") {
        const identifier = node.node.getChild("Identifier");
        if (identifier) names.add(expression.slice(identifier.from, identifier.to));
      }
      const named = /^__name__\s*=~?\s*"(.*)"$/.exec(text);
      if (node.name.endsWith("Matcher") && named) for (const name of expand(named[1]!)) names.add(name);
    },
  });
  return [...names].sort();
}

/** `a_(b|c)_d` to a_b_d and a_c_d. */
function expand(pattern: string): string[] {
  const group = /^([^()|]*)\(([^()]*)\)(.*)$/.exec(pattern);
  if (!group) return pattern.split("|");
  const [, head, alternatives, tail] = group;
  return expand(tail!).flatMap((rest) => alternatives!.split("|").map((one) => head! + one + rest));
}
