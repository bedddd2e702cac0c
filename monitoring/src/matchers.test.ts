import { expect, test } from "vitest";
import { matcherText, readMatcher } from "./matchers.ts";

test.each([
  ["alertname=HighErrorRate", { name: "alertname", value: "HighErrorRate", isRegex: false, isEqual: true }],
  ['job=~"api|shop"', { name: "job", value: "api|shop", isRegex: true, isEqual: true }],
  ["severity != info", { name: "severity", value: "info", isRegex: false, isEqual: false }],
  ['path!~"/a/.*"', { name: "path", value: "/a/.*", isRegex: true, isEqual: false }],
  ['text="a \\"quoted\\" = word"', { name: "text", value: 'a "quoted" = word', isRegex: false, isEqual: true }],
  ['alertname=~"(?i)high.*|(?P<rest>slow)"', { name: "alertname", value: "(?i)high.*|(?P<rest>slow)", isRegex: true, isEqual: true }],
  ["gone=", { name: "gone", value: "", isRegex: false, isEqual: true }],
] as const)("%s", (text, matcher) => {
  expect(readMatcher(text)).toEqual(matcher);
  expect(readMatcher(matcherText(matcher))).toEqual(matcher);
});

test.each([["HighErrorRate", "is no matcher; write alertname="], ['job="api', "quotes"], ['job=~"("', "Unterminated group"]])("%s is refused with a remedy", (text, words) => {
  expect(() => readMatcher(text)).toThrow(words);
});
