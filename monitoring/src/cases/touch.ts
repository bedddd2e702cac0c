import { namesOf, selectorsOf, parsePromql, type Matcher, type Selector } from "../promql/tree.ts";
import type { RuleNode } from "../rule-file.ts";
import type { Assertion } from "./case-file.ts";

/** True when `selector` may return what the rule makes: its recording, or ALERTS of it. */
export function selects(selector: Selector, rule: RuleNode): boolean {
  const own: Record<string, string> = { ...rule.labels, __name__: rule.kind === "alert" ? "ALERTS" : rule.name, ...(rule.kind === "alert" ? { alertname: rule.name } : {}) };
  const name = namesOf(selector);
  if (name.length > 0 && !name.includes(own["__name__"]!)) return false;
  // A label that the rule does not set comes from the data and may be anything.
  return selector.matchers.every((matcher) => own[matcher.label] === undefined || matches(matcher, own[matcher.label]!));
}

/** True when the assertion asks about the rule. */
export function asksAbout(assertion: Assertion, rule: RuleNode): boolean {
  return assertion.selectors.some((selector) => selects(selector, rule));
}

/** True when the assertion asks about the rule itself, not only about all alerts there are. */
export function asksByName(assertion: Assertion, rule: RuleNode): boolean {
  return assertion.selectors.some((selector) => selects(selector, rule) && (rule.kind === "record" || picks(selector, rule))) || expectsFiring(assertion, rule);
}

/** True when the assertion expects the alert to fire: by a sample that names it, or one that is left of a selector that picks it. */
export function expectsFiring(assertion: Assertion, rule: RuleNode): boolean {
  const asking = assertion.selectors.filter((selector) => selects(selector, rule) && isFiring(selector));
  if (asking.length === 0) return false;
  return assertion.expected.some((labels) => labels["alertstate"] !== "pending" && fits(labels, rule) && (labels["alertname"] !== undefined || asking.some((selector) => picks(selector, rule))));
}

/** True when the assertion expects that the alert does not fire: nothing at all, or others only, or that it is still pending. */
export function expectsSilence(assertion: Assertion, rule: RuleNode): boolean {
  return asksAbout(assertion, rule) && !expectsFiring(assertion, rule);
}

/** For each of `rules` the recordings among them that it reads, at any depth, with itself. */
export function inputsOf(rules: readonly RuleNode[]): Map<RuleNode, Set<RuleNode>> {
  const direct = new Map(rules.map((rule) => {
    const selectors = selectorsOf(parsePromql(rule.expr));
    return [rule, rules.filter((other) => other.kind === "record" && selectors.some((selector) => selects(selector, other)))] as const;
  }));
  return new Map(rules.map((rule) => {
    const found = new Set([rule]);
    for (const one of found) for (const input of direct.get(one)!) found.add(input);
    return [rule, found] as const;
  }));
}

function matches({ op, value }: Matcher, actual: string): boolean {
  if (op === "=") return actual === value;
  if (op === "!=") return actual !== value;
  return new RegExp(`^(?:${value})$`).test(actual) === (op === "=~");
}

function isFiring({ matchers }: Selector): boolean {
  const state = matchers.find(({ label }) => label === "alertstate");
  return !state || matches(state, "firing");
}

/** A selector that names the alert, or a label that the rule sets, such as slo. */
function picks({ matchers }: Selector, { labels }: RuleNode): boolean {
  return matchers.some(({ label, op }) => !op.startsWith("!") && (label === "alertname" || labels[label] !== undefined));
}

/** An expected sample that is of this rule, as far as its labels say. */
function fits(labels: Record<string, string>, { name, labels: own }: RuleNode): boolean {
  const fixed: Record<string, string> = { ...own, alertname: name };
  return Object.entries(labels).every(([label, value]) => fixed[label] === undefined || fixed[label] === value || fixed[label].includes("{{"));
}
