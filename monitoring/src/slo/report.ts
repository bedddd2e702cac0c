import type { Prometheus } from "../prometheus.ts";
import { round, share } from "./check.ts";
import type { Definitions, Slo } from "./definitions.ts";

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
  /** What is left as full outage at the average rate of the window. */
  budgetLeftOutageHours: number | null;
  /** Until the budget left is spent, at the rate of the last day; null when nothing was bad then or nothing is left. */
  daysToExhaustion: number | null;
  /** At most three hours with the most bad events, worst first; `end` is the end of the hour. */
  worstHours: { end: string; bad: number; share: number }[];
};

/** How a promise stands: `value` is the attained share, or what its query gave. `kept` is null when there is no data or nothing here measures it. */
export type Promised = { name: string; promise: string; value: number | null; kept: boolean | null; how: string };

export type Report = { time: string; objectives: Attainment[]; promises: Promised[] };

const HOUR_S = 3600;

/** A calendar month in UTC, or its part until now. Times in seconds since 1970. */
export type Month = { name: string; start: number };

/**
 * @param time end of all windows, in seconds since 1970
 * @param month counts from its start instead of over each objective's window
 */
export async function makeReport(definitions: Definitions, prometheus: Prometheus, time: number, month?: Month): Promise<Report> {
  const objectives: Attainment[] = [];
  for (const slo of definitions.slo) objectives.push(await attain(slo, slo.service ?? definitions.service, prometheus, time, month));
  const promises: Promised[] = [];
  for (const { name, promise, sli, objective, query, below } of definitions.sla ?? []) {
    const index = definitions.slo.findIndex((slo) => slo.sli === sli);
    if (query !== undefined) {
      const value = finite((await prometheus.instant(query, time))[0]?.samples[0]?.[1]);
      promises.push({ name, promise, value, kept: value === null ? null : value < below!, how: `its query, below ${below}` });
    } else if (index >= 0) {
      const { attainment, window } = objectives[index]!;
      promises.push({ name, promise, value: attainment, kept: attainment === null ? null : attainment >= share(objective!), how: `indicator ${sli} over ${window}, at least ${objective}` });
    } else promises.push({ name, promise, value: null, kept: null, how: sli === undefined ? "not measured here" : `no objective records indicator ${sli}` });
  }
  return { time: new Date(time * 1000).toISOString(), objectives, promises };
}

async function attain(slo: Slo, service: string, prometheus: Prometheus, time: number, month?: Month): Promise<Attainment> {
  const own = `{slo="${slo.name}"}`;
  const read = async (query: string): Promise<number | null> => finite((await prometheus.instant(query, time))[0]?.samples[0]?.[1]);
  const range = month ? `${Math.max(300, Math.round(time - month.start))}s` : slo.window;
  const over = async (record: string, window: string): Promise<number | null> => await read(`sum_over_time(${record}${own}[${window}:5m])`);
  const [events, bad, badLastDay] = [await over("slo:total:increase5m", range), await over("slo:bad:increase5m", range), await over("slo:bad:increase5m", "1d")];
  const objective = share(slo.objective);
  const counted = events !== null && events > 0 && bad !== null ? { events, bad } : undefined;
  const left = counted && round(counted.events * round(1 - objective) - counted.bad);
  const days = month ? (time - month.start) / 86_400 : Number.parseInt(slo.window, 10);
  return {
    name: slo.name,
    service,
    objective,
    window: month?.name ?? slo.window,
    events,
    bad,
    attainment: counted ? round(1 - counted.bad / counted.events) : null,
    met: counted ? left! >= 0 : null,
    budgetLeft: counted ? round(left! / (counted.events * round(1 - objective))) : null,
    budgetLeftEvents: left ?? null,
    budgetLeftOutageHours: counted ? (left! / counted.events) * days * 24 : null,
    daysToExhaustion: left !== undefined && left > 0 && badLastDay !== null && badLastDay > 0 ? left / badLastDay : null,
    worstHours: await worstHours(slo, prometheus, time, days),
  };
}

async function worstHours(slo: Slo, prometheus: Prometheus, time: number, days: number): Promise<Attainment["worstHours"]> {
  const end = Math.floor(time / HOUR_S) * HOUR_S;
  const hours = Math.max(1, Math.floor(days * 24));
  const hourly = async (record: string): Promise<Map<number, number>> =>
    new Map((await prometheus.range(`sum_over_time(${record}{slo="${slo.name}"}[1h:5m])`, end - (hours - 1) * HOUR_S, end, HOUR_S))[0]?.samples);
  const [bad, total] = [await hourly("slo:bad:increase5m"), await hourly("slo:total:increase5m")];
  return [...bad]
    .filter(([, count]) => count >= 0.5)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([hour, count]) => ({ end: new Date(hour * 1000).toISOString(), bad: count, share: count / (total.get(hour) || count) }));
}

/** NaN and infinities are no numbers to report. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
