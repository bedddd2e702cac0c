import type { LintRule } from "../rule.ts";

export const ruleWithoutTest: LintRule = {
  id: "rule-without-test",
  reason: "Nothing shows that it fires when it should, or that it is silent when it should be; the next change can break it unseen.",
  remedy: "Write a promtool case that asserts something about it.",
  needs: "--tests",
  check: ({ rules, tested }) => (tested ? rules.filter((rule) => !tested(rule)).map(({ place, name }) => ({ at: place, message: `No test case asserts anything about ${name}.` })) : []),
};
