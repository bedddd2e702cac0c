import type { Prometheus } from "../prometheus.ts";
import { daysOf } from "./burn-tiers.ts";
import { round, share } from "./check.ts";
import type { Definitions, Sla, Slo } from "./definitions.ts";
import { countedAs } from "./rules.ts";

/** How an objective stands. Shares are 0 to 1; everything that needs events is null while there were none. */
export type Attainment = {
  name: string;
  service: string;
  objective: number;
  window: string;
  events: number | null;
  bad: number | null;
  attainment: number | null;
  met: boolean | null;
  /** Of the whole budget; below 0 when it is overspent. */
  budgetLeft: number | null;
  budgetLeftEvents: number | null;
  /** What is left as full outage at the average rate of the time that is recorded. */
  budgetLeftOutageHours: number | null;
  /**
   * Until the budget left is spent, at the rate of the last day; null when it is not spent at that rate, or nothing is left. Of a window that is
   * longer than what is recorded, the rest is taken to be like it.
   */
  daysToExhaustion: number | null;
  /** When that is (ISO time). */
  exhaustedAt: string | null;
  /** At most three hours with the most bad events, worst first; `end` is the end of the hour. */
  worstHours: { end: string; bad: number; share: number }[];
};

/** How a promise stands: `value` is the attained share, or what its query gave. `kept` is null when there is no data or nothing here measures it. */
export type Promised = { name: string; promise: string; window: string | null; events: number | null; bad: number | null; value: number | null; kept: boolean | null; how: string };

export type Report = { time: string; objectives: Attainment[]; promises: Promised[] };

const HOUR_S = 3600;
const MONTH = /^(\d{4})-(\d\d)$/;

/** A calendar month in UTC, or its part until now. Times in seconds since 1970. */
export type Month = { name: string; start: number };

/** Prometheus, what it has recorded under one label `slo`, and from when until when it is asked. */
type Asked = { prometheus: Prometheus; label: string; window: string; start: number; end: number };

/**
 * @param time end of all windows, in seconds since 1970
 * @param month counts from its start instead of over each window
 * @throws {Error} when Prometheus does not answer, or has recorded no objective at all
 */
export async function makeReport(definitions: Definitions, prometheus: Prometheus, time: number, month?: Month): Promise<Report> {
  await expectRecords(prometheus, time);
  const asked = (label: string, window: string): Asked => ({ prometheus, label, end: time, ...spanOf(window, time, month) });
  const objectives: Attainment[] = [];
  for (const slo of definitions.slo) objectives.push(await attain(slo, slo.service ?? definitions.service, asked(slo.name, slo.window)));
  const promises: Promised[] = [];
  for (const promise of definitions.sla ?? []) {
    const label = countedAs(definitions, promise);
    promises.push(label === undefined ? await keptByQuery(promise, prometheus, time) : await keptByCount(promise, asked(label, promise.window ?? "month")));
  }
  return { time: new Date(time * 1000).toISOString(), objectives, promises };
}

async function expectRecords(prometheus: Prometheus, time: number): Promise<void> {
  if ((await prometheus.instant("count(last_over_time(slo:total:increase5m[31d]))", time)).length > 0) return;
  throw new Error(`no data yet: up to ${new Date(time * 1000).toISOString().slice(0, 16)}Z this Prometheus recorded no event of any objective. Does it evaluate prometheus/generated/*.yml, and has the service had requests?`);
}

function spanOf(window: string, end: number, month?: Month): { window: string; start: number } {
  if (month) return { window: month.name, start: month.start };
  if (window !== "month") return { window, start: end - daysOf(window) * 86_400 };
  // The first moment of a month still belongs to the month that it ends.
  const day = new Date((end - 1) * 1000);
  return { window: day.toISOString().slice(0, 7), start: Date.UTC(day.getUTCFullYear(), day.getUTCMonth()) / 1000 };
}

async function attain(slo: Slo, service: string, asked: Asked): Promise<Attainment> {
  const { events, bad } = await countsOver(asked);
  const badLastDay = await sumOver(asked, "bad", 86_400);
  const recorded_s = await recordedSeconds(asked);
  const objective = share(slo.objective);
  const budget = round(1 - objective);
  const counted = events !== null && events > 0 && bad !== null ? { events, bad } : undefined;
  const left = counted && round(counted.events * budget - counted.bad);
  // A month that goes on grows: what comes brings budget with it. Of a rolling window as much leaves as comes.
  const broughtLastDay = goesOn(asked) ? ((await sumOver(asked, "total", 86_400)) ?? 0) * budget : 0;
  const spentLastDay = (badLastDay ?? 0) - broughtLastDay;
  const grown = left !== undefined && (isMonth(asked) ? left : left * ((asked.end - asked.start) / recorded_s));
  const days = grown && grown > 0 && spentLastDay > 0 ? grown / spentLastDay : null;
  return {
    name: slo.name,
    service,
    objective,
    window: asked.window,
    events,
    bad,
    attainment: counted ? round(1 - counted.bad / counted.events) : null,
    met: counted ? left! >= 0 : null,
    budgetLeft: counted ? round(left! / (counted.events * budget)) : null,
    budgetLeftEvents: left ?? null,
    budgetLeftOutageHours: counted ? ((left! / counted.events) * recorded_s) / HOUR_S : null,
    daysToExhaustion: days,
    exhaustedAt: days !== null && days < 3650 ? new Date((asked.end + days * 86_400) * 1000).toISOString() : null,
    worstHours: await worstHours(asked),
  };
}

const isMonth = ({ window }: Asked): boolean => MONTH.test(window);

/** Whether the window is a calendar month that is not over. */
function goesOn({ window, end }: Asked): boolean {
  const [, year, month] = MONTH.exec(window) ?? [];
  return year !== undefined && end < Date.UTC(Number(year), Number(month)) / 1000;
}

async function keptByCount({ name, promise, sli, objective }: Sla, asked: Asked): Promise<Promised> {
  const { events, bad } = await countsOver(asked);
  const value = events !== null && events > 0 && bad !== null ? round(1 - bad / events) : null;
  return { name, promise, window: asked.window, events, bad, value, kept: value === null ? null : value >= share(objective!), how: `indicator ${sli}, at least ${objective}` };
}

async function keptByQuery({ name, promise, query, below, response }: Sla, prometheus: Prometheus, time: number): Promise<Promised> {
  const value = query === undefined ? null : finite((await prometheus.instant(query, time))[0]?.samples[0]?.[1]);
  const times = Object.entries(response ?? {}).map(([severity, within]) => `${severity} within ${within}`);
  const how = query === undefined ? ["not measured here", ...times].join(": ") : `its query, below ${below}`;
  return { name, promise, window: null, events: null, bad: null, value, kept: value === null ? null : value < below!, how };
}

async function countsOver(asked: Asked): Promise<{ events: number | null; bad: number | null }> {
  return { events: await sumOver(asked, "total"), bad: await sumOver(asked, "bad") };
}

/** Events of the last `range` seconds. Whole hundredths: nobody counts finer, and sums of extrapolated counts end in digits that mean nothing. */
async function sumOver({ prometheus, label, start, end }: Asked, record: "total" | "bad", range = Math.max(300, Math.round(end - start))): Promise<number | null> {
  const value = finite((await prometheus.instant(`sum_over_time(slo:${record}:increase5m{slo="${label}"}[${range}s:5m])`, end))[0]?.samples[0]?.[1]);
  return value === null ? null : Math.round(value * 100) / 100;
}

/** How much of the window is recorded, in seconds: less than all of it when the service, or this Prometheus, is younger or was away. */
async function recordedSeconds({ prometheus, label, start, end }: Asked): Promise<number> {
  const window_s = Math.round(end - start);
  const records = (await prometheus.instant(`count_over_time(slo:total:increase5m{slo="${label}"}[${window_s}s:5m])`, end))[0]?.samples[0]?.[1];
  return records === undefined ? window_s : Math.min(window_s, records * 300);
}

async function worstHours({ prometheus, label, start, end }: Asked): Promise<Attainment["worstHours"]> {
  const last = Math.floor(end / HOUR_S) * HOUR_S;
  const first = Math.min(last, Math.ceil(start / HOUR_S) * HOUR_S + HOUR_S);
  const hourly = async (record: string): Promise<Map<number, number>> =>
    new Map((await prometheus.range(`sum_over_time(slo:${record}:increase5m{slo="${label}"}[1h:5m])`, first, last, HOUR_S))[0]?.samples);
  const [bad, total] = [await hourly("bad"), await hourly("total")];
  return [...bad]
    .filter(([, count]) => count >= 0.5)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([hour, count]) => ({ end: new Date(hour * 1000).toISOString(), bad: round(count), share: round(count / (total.get(hour) || count)) }));
}

/** NaN and infinities are no numbers to report. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
