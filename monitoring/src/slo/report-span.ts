import { readTime } from "../time.ts";
import type { Month } from "./report.ts";

/**
 * What a report covers, in seconds since 1970: it ends at `time`, or at the end of `month`, and never after `now` (milliseconds).
 * @throws {Error} when a text is not written as it should be, or the month has not begun.
 */
export function reportSpan(now: number, month?: string, time?: string): { end: number; month?: Month } {
  const until = time === undefined ? now : readTime("--time", time);
  if (until > now) throw new Error(`--time ${time} has not come yet; give an earlier one, or leave it out for now`);
  if (month === undefined) return { end: until / 1000 };
  const [, year, index] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined) throw new Error(`--month ${month} is no month; write it as 2026-01`);
  const start = Date.UTC(Number(year), Number(index) - 1);
  if (start >= until) throw new Error(`--month ${month} has not begun; give an earlier one`);
  return { end: Math.min(until, Date.UTC(Number(year), Number(index))) / 1000, month: { name: month, start: start / 1000 } };
}
