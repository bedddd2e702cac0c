import { expect, test } from "vitest";
import { createLimits } from "./limits.ts";

/** Seconds left for errors after one answer, at time 0. */
function after(status: number, headers: Record<string, string>): number {
  const limits = createLimits(() => 0);
  limits.learn(status, headers);
  return limits.secondsLeft("error");
}

test.each([
  ["a quota for errors", 429, { "x-sentry-rate-limits": "60:transaction:key, 2700:default;error;security:organization" }, 2700],
  ["a quota for everything", 429, { "x-sentry-rate-limits": "60::organization" }, 60],
  ["a fraction of a second", 429, { "x-sentry-rate-limits": "0.5:error" }, 0.5],
  ["on a 200 as well", 200, { "x-sentry-rate-limits": "60:error:key:reason:more:more" }, 60],
  ["on a 500 as well", 500, { "x-sentry-rate-limits": "60:error" }, 60],
  ["the longest of several", 200, { "x-sentry-rate-limits": "10:error, 90::key, 20:error" }, 90],
  ["other categories do not concern us", 429, { "x-sentry-rate-limits": "86400:transaction;span:organization", "retry-after": "99" }, 0],
  ["unknown categories are not everything", 429, { "x-sentry-rate-limits": "60:somethingnew:key" }, 0],
  ["nonsense is ignored", 200, { "x-sentry-rate-limits": "soon:error, -5:error, :error, " }, 0],
  ["Retry-After in seconds", 429, { "retry-after": "7" }, 7],
  ["Retry-After as a date", 429, { "retry-after": "Thu, 01 Jan 1970 00:01:30 GMT" }, 90],
  ["a bare 429", 429, {}, 60],
  ["Retry-After on another status", 503, { "retry-after": "7" }, 0],
  ["an ordinary answer", 200, {}, 0],
])("%s", (_, status, headers, seconds) => {
  expect(after(status, headers as Record<string, string>)).toBe(seconds);
});

test("a shorter limit does not end a longer one; limits end", () => {
  let now = 0;
  const limits = createLimits(() => now);
  limits.learn(429, { "retry-after": "60" });
  limits.learn(429, { "retry-after": "5" });
  now = 59_000;
  expect(limits.secondsLeft("error")).toBe(1);
  now = 60_000;
  expect(limits.secondsLeft("error")).toBe(0);
});
