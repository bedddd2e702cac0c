import type { LintRule } from "./rule.ts";
import { alertWithoutFor } from "./rules/alert-without-for.ts";
import { alertWithoutRunbook } from "./rules/alert-without-runbook.ts";
import { counterWithoutRate } from "./rules/counter-without-rate.ts";
import { deadRecording } from "./rules/dead-recording.ts";
import { duplicateRule } from "./rules/duplicate-rule.ts";
import { joinMatchesNothing } from "./rules/join-matches-nothing.ts";
import { labelAggregatedAway } from "./rules/label-aggregated-away.ts";
import { quantileWithoutSumByLe } from "./rules/quantile-without-sum-by-le.ts";
import { queryTooDear } from "./rules/query-too-dear.ts";
import { ratioWithoutSum } from "./rules/ratio-without-sum.ts";
import { ruleWithoutTest } from "./rules/rule-without-test.ts";
import { unknownLabel } from "./rules/unknown-label.ts";
import { unknownMetric } from "./rules/unknown-metric.ts";

/** Every coded lint rule, by name; ../../RULES.md documents them in the same order. */
export const LINT_RULES: readonly LintRule[] = [
  alertWithoutFor,
  alertWithoutRunbook,
  counterWithoutRate,
  deadRecording,
  duplicateRule,
  joinMatchesNothing,
  labelAggregatedAway,
  quantileWithoutSumByLe,
  queryTooDear,
  ratioWithoutSum,
  ruleWithoutTest,
  unknownLabel,
  unknownMetric,
];
