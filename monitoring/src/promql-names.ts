import { namesOf, parsePromql, selectorsOf } from "./promql/tree.ts";

/**
 * Metric names that a PromQL expression reads, sorted, each once. `{__name__=~"..."}` counts as the names it spells out, when it is a plain
 * alternation such as `a_(b|c)_d`.
 * @throws {PromqlError} when the expression does not parse, with the place.
 */
export function metricNames(expression: string): string[] {
  return [...new Set(selectorsOf(parsePromql(expression)).flatMap(namesOf))].sort();
}
