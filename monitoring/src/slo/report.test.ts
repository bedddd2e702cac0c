import { expect, test } from "vitest";
import type { Prometheus, Series } from "../prometheus.ts";
import { reportText } from "./report-text.ts";
import { makeReport } from "./report.ts";
import { reportSpan } from "./report-span.ts";
import type { Definitions } from "./definitions.ts";

const time = second("2026-01-31T12:30:00Z");
const definitions: Definitions = {
  service: "shop",
  sli: { orders: {}, speed: {} },
  slo: [
    { name: "orders", sli: "orders", objective: "99%", window: "30d", symptom: "errors" },
    { name: "speed", sli: "speed", objective: "95%", window: "7d", symptom: "latency" },
  ],
  sla: [
    { name: "orders", promise: "98% of orders succeed", sli: "orders", objective: "98%", window: "30d" },
    { name: "fast", promise: "Pages within 3 s", query: "page_p75", below: 3 },
    { name: "support", promise: "Answers within 1 hour", response: { critical: "1h" } },
  ],
};

/** A Prometheus that knows these numbers, and one hour with 30 bad of 40 events, two with fewer. */
function prometheus(numbers: Record<string, number>): Prometheus {
  const hour = second("2026-01-30T08:00:00Z");
  const hours = { bad: [[hour, 30], [hour + 3600, 0], [hour + 7200, 10]], total: [[hour, 40], [hour + 3600, 50], [hour + 7200, 1000]] } as Record<string, Series["samples"]>;
  return {
    instant: async (query) => (query.startsWith("count(") ? [{ labels: {}, samples: [[time, 1]] }] : numbers[query] === undefined ? [] : [{ labels: {}, samples: [[time, numbers[query]]] }]),
    range: async (query) => (query.includes('slo="orders"') ? [{ labels: {}, samples: hours[/slo:(bad|total)/.exec(query)![1]!]! }] : []),
  };
}

function second(text: string): number {
  return Date.parse(text) / 1000;
}

/** The query that sums a record over a range. */
function over(range: string, record: "total" | "bad"): string {
  return `sum_over_time(slo:${record}:increase5m{slo="orders"}[${range}:5m])`;
}

const numbers = { [over("2592000s", "total")]: 100_000, [over("2592000s", "bad")]: 250, [over("86400s", "bad")]: 100, page_p75: 3.5 };

test("what was attained, what is left, for how long, and the worst hours", async () => {
  const { objectives, promises } = await makeReport(definitions, prometheus(numbers), time);
  // 1% of 100,000 may be bad; 250 were: 750 are left, three quarters, 5.4 of 7.2 hours of full outage; 100 a day last for 7.5 days.
  expect(objectives[0]).toMatchObject({ attainment: 0.9975, met: true, budgetLeft: 0.75, budgetLeftEvents: 750, daysToExhaustion: 7.5 });
  expect(objectives[0]!.budgetLeftOutageHours).toBeCloseTo(5.4);
  expect(objectives[0]!.worstHours).toEqual([{ end: "2026-01-30T08:00:00.000Z", bad: 30, share: 0.75 }, { end: "2026-01-30T10:00:00.000Z", bad: 10, share: 0.01 }]);
  expect(objectives[1]).toMatchObject({ events: null, attainment: null, met: null, budgetLeft: null, daysToExhaustion: null, worstHours: [] });
  expect(promises.map(({ value, kept }) => [value, kept])).toEqual([[0.9975, true], [3.5, false], [null, null]]);
});

test("a window that is not full yet: outage at the rate of what is recorded, the rest is taken to be like it", async () => {
  const records = 'count_over_time(slo:total:increase5m{slo="orders"}[2592000s:5m])';
  // Three days of 30: 750 of 100,000 are 0.54 hours of 72; in ten times the time, ten times the budget.
  const young = await makeReport(definitions, prometheus({ ...numbers, [records]: 3 * 288 }), time);
  expect(young.objectives[0]).toMatchObject({ budgetLeft: 0.75, budgetLeftEvents: 750, daysToExhaustion: 75 });
  expect(young.objectives[0]!.budgetLeftOutageHours).toBeCloseTo(0.54);
  expect(await makeReport(definitions, prometheus({ ...numbers, [records]: 30 * 288 + 1 }), time)).toEqual(await makeReport(definitions, prometheus(numbers), time));
});

test("overspent, idle and NaN", async () => {
  const overspent = await makeReport(definitions, prometheus({ ...numbers, [over("2592000s", "bad")]: 3000 }), time);
  expect(overspent.objectives[0]).toMatchObject({ met: false, budgetLeft: -2, daysToExhaustion: null });
  expect(overspent.promises[0]).toMatchObject({ value: 0.97, kept: false });
  const idle = await makeReport(definitions, prometheus({ ...numbers, [over("2592000s", "total")]: 0, [over("2592000s", "bad")]: 0, page_p75: Number.NaN }), time);
  expect(idle.objectives[0]).toMatchObject({ events: 0, attainment: null, met: null });
  expect(idle.promises[1]).toMatchObject({ value: null, kept: null });
});

test("a month counts from its first day", async () => {
  const month = { name: "2026-01", start: second("2026-01-01T00:00:00Z") };
  const range = `${time - month.start}s`;
  const { objectives } = await makeReport(definitions, prometheus({ [over(range, "total")]: 2000, [over(range, "bad")]: 10 }), time, month);
  expect(objectives[0]).toMatchObject({ window: "2026-01", events: 2000, attainment: 0.995, budgetLeft: 0.5 });
  // Half of 1% of 30 days and 12.5 hours.
  expect(objectives[0]!.budgetLeftOutageHours).toBeCloseTo(0.005 * 732.5);
});

test("a month that goes on brings budget: at a rate that the objective allows none is ever gone, at a higher one it is later", async () => {
  const monthly: Definitions = { ...definitions, slo: [{ ...definitions.slo[0]!, window: "month" }], sla: [] };
  const third = second("2026-01-03T00:00:00Z");
  const last = async (bad: number, end = third): Promise<number | null> => {
    const [all, day] = [`${end - second("2026-01-01T00:00:00Z")}s`, "86400s"];
    return (await makeReport(monthly, prometheus({ [over(all, "total")]: 2000, [over(all, "bad")]: 16, [over(day, "total")]: 1000, [over(day, "bad")]: bad }), end)).objectives[0]!.daysToExhaustion;
  };
  // 20 may be bad, 16 were. Each day allows 10 more.
  expect(await last(8)).toBe(null);
  expect(await last(12)).toBe(2);
  expect(await last(8, second("2026-02-01T00:00:00Z"))).toBe(0.5);
});

test("an objective over the calendar month, and a promise that counts for itself, from the first of the month", async () => {
  const range = `${time - second("2026-01-01T00:00:00Z")}s`;
  const own = (record: string): string => `sum_over_time(slo:${record}:increase5m{slo="sla:quick"}[${range}:5m])`;
  const monthly: Definitions = { ...definitions, slo: [{ ...definitions.slo[0]!, window: "month" }], sla: [{ name: "quick", promise: "Quick", sli: "speed", objective: "90%" }] };
  const { objectives, promises } = await makeReport(monthly, prometheus({ [over(range, "total")]: 2000, [over(range, "bad")]: 10, [own("total")]: 100, [own("bad")]: 20 }), time);
  expect(objectives[0]).toMatchObject({ window: "2026-01", events: 2000, attainment: 0.995 });
  expect(promises).toEqual([{ name: "quick", promise: "Quick", window: "2026-01", events: 100, bad: 20, value: 0.8, kept: false, how: "indicator speed, at least 90%" }]);
});

test("a Prometheus without any record is said in one line", async () => {
  await expect(makeReport(definitions, { instant: async () => [], range: async () => [] }, time)).rejects.toThrow(/^no data yet: up to 2026-01-31T12:30Z this Prometheus recorded no event of any objective\. Does it evaluate/);
});

test("as Markdown", async () => {
  const text = reportText(await makeReport(definitions, prometheus(numbers), time));
  expect(text).toContain("# Service levels, 2026-01-31 12:30 UTC\n");
  expect(text).toContain("| orders (shop) | 99% | 30d | 99.75% | met | 100,000 | 250 | 75% | 750 | 5.4 h | 7.5 days, to 2026-02-08 00:30 |\n| speed (shop) | 95% | 7d | - | no data | - | - | - | - | - | - |");
  expect(text).toContain("| 98% of orders succeed | kept | 30d | 99.75% | 100,000 | 250 | indicator orders, at least 98% |\n| Pages within 3 s | **broken** | - | 3.5 | - | - | its query, below 3 |\n| Answers within 1 hour | - | - | - | - | - | not measured here: critical within 1h |");
  expect(text).toContain("Worst hours of orders:\n- the hour to 2026-01-30 08:00 UTC: 30 bad, 75% of its events\n");
});

test("a month ends with itself, or now; what cannot be a month or a time is refused", () => {
  const now = Date.parse("2026-02-10T00:00:00Z");
  expect(reportSpan(now, "2025-12")).toEqual({ end: second("2026-01-01"), month: { name: "2025-12", start: second("2025-12-01") } });
  expect(reportSpan(now, "2026-02").end).toBe(now / 1000);
  expect(reportSpan(now, undefined, "2026-01-05")).toEqual({ end: second("2026-01-05") });
  expect(() => reportSpan(now, "2026-13")).toThrow("write it as 2026-01");
  expect(() => reportSpan(now, "2026-03")).toThrow("has not begun");
  for (const wrong of ["yesterday", "1", "2026-02-30T00:00:00Z", "2026-01-31 00:00"]) expect(() => reportSpan(now, undefined, wrong)).toThrow("write it as 2026-01-31T00:00:00Z");
  expect(reportSpan(now, undefined, "2026-01-31T03:00:00+05:30")).toEqual({ end: second("2026-01-30T21:30:00Z") });
  expect(() => reportSpan(now, "2026-02", "2026-02-11T00:00:00Z")).toThrow("--time 2026-02-11T00:00:00Z has not come yet");
});
