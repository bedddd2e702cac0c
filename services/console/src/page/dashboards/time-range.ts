/** From when to when a page looks, as its address says it: `now-6h` or milliseconds since 1970. */
export type TimeRange = { from: string; to: string };

/** The same in seconds since 1970. */
export type Span = { startS: number; endS: number };

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A duration such as `15s` or `1h30m` in seconds; undefined when it is none. */
export function seconds(text: string): number | undefined {
  if (!/^(\d+[smhdw])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhdw])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
}

/** Grafana's words for a moment: `now`, `now-6h`, milliseconds, ISO 8601. Undefined for anything else. */
export function momentMs(text: string, nowMs: number): number | undefined {
  if (text === "now") return nowMs;
  const ago = /^now-(.+)$/.exec(text);
  const back = ago && seconds(ago[1]!);
  if (back) return nowMs - back * 1000;
  const given = /^\d{12,}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(given) ? undefined : given;
}

/** Whether a range says two moments, the earlier one first. */
export function readable(range: TimeRange, nowMs: number): boolean {
  const [start, end] = [momentMs(range.from, nowMs), momentMs(range.to, nowMs)];
  return start !== undefined && end !== undefined && end > start;
}

/** A range that cannot be read is the last hour. */
export function spanOf(range: TimeRange, nowMs: number): Span {
  const [start = NaN, end = NaN] = [momentMs(range.from, nowMs), momentMs(range.to, nowMs)];
  if (!readable(range, nowMs)) return { startS: nowMs / 1000 - 3600, endS: nowMs / 1000 };
  return { startS: start / 1000, endS: end / 1000 };
}

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Seconds between points: a round number, no finer than metrics come, and no more points than can be seen. */
export function stepFor({ startS, endS }: Span, points: number, leastS: number): number {
  const wanted = Math.max(leastS, (endS - startS) / points);
  return STEPS.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
}

/** Moments `step` seconds apart; `end` is one of them. */
export type Grid = { start: number; end: number; step: number };

/** Moments of a range, the last of them its end: so a page that shows a week of a system ten minutes old is not empty. */
export function moments({ startS, endS }: Span, stepS: number): Grid {
  const end = Math.floor(endS);
  return { start: end - Math.floor((endS - startS) / stepS) * stepS, end, step: stepS };
}

/** The range for links to other pages: a fixed one, so that they look at the same minutes. */
export function linkRange({ startS, endS }: Span): { __from: string; __to: string } {
  return { __from: String(Math.round(startS * 1000)), __to: String(Math.round(endS * 1000)) };
}

/** `1 h`, `6 h`, `24 h`, `7 d` for a range that ends now; else both ends in words. */
export function rangeLabel({ from, to }: TimeRange): string {
  const last = /^now-(\d+)([smhdw])$/.exec(from);
  return to === "now" && last ? `last ${last[1]} ${last[2]}` : `${inWords(from)} to ${inWords(to)}`;
}

function inWords(text: string): string {
  const moment = momentMs(text, 0);
  return text.startsWith("now") || moment === undefined ? text : new Date(moment).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
