import type { Facts, Objective } from "../facts.ts";
import type { Page, Row } from "../frame.ts";
import { gauge, stat, table, timeseries, words } from "../panels.ts";
import { attained, budgetLasts, budgetLeft, burnRate, eventsLeft, kept, trend } from "../slo-queries.ts";
import { higherIsBetter, lowerIsBetter, neutral, percent } from "../thresholds.ts";

/** Do we keep our objectives, and for how long? One row for each objective of SLO_DEFINITIONS.yml. */
export function sloDashboard(facts: Facts): Page {
  const { objectives } = facts;
  const any = (query: (objective: Objective) => string): string => objectives.map((each) => `(${query(each)})`).join(" or ");
  return {
    uid: "slo-dashboard",
    title: "SLO Dashboard",
    description: "Do we keep our objectives, how fast is the budget spent, and how long does it last? Generated from SLO_DEFINITIONS.yml.",
    variables: [],
    from: "now-24h",
    rows: [
      {
        title: "Compliance",
        panels: [
          table({
            title: "Compliance report", width: 16, height: 7, unit: "short", noValue: "No traffic yet",
            description: "Each objective over its own window. Budget left below 0 %: the objective is missed; the report (`npm run monitoring -- report`) names the worst hours.",
            queries: [
              { expr: "slo:objective:ratio", legend: "" },
              { expr: any(attained), legend: "" },
              { expr: any(budgetLeft), legend: "" },
              { expr: any((each) => burnRate(each, "1h")), legend: "" },
              { expr: any(budgetLasts), legend: "" },
            ],
            columns: [
              { field: "slo", name: "Objective" },
              { field: "job", name: "Service" },
              { field: "Value #A", name: "Target", unit: "percentunit", decimals: 2 },
              { field: "Value #B", name: "Attained", unit: "percentunit", decimals: 3 },
              { field: "Value #C", name: "Budget left", unit: "percentunit", decimals: 1, steps: higherIsBetter(0, 0.25) },
              { field: "Value #D", name: "Burn rate, 1h", unit: "short", decimals: 2, steps: lowerIsBetter(1, 6) },
              { field: "Value #E", name: "Budget lasts", unit: "s" },
            ],
          }),
          table({
            title: "Promises to users (SLA)", width: 8, height: 7, unit: "percentunit", noValue: "No traffic yet",
            description: "What users were promised, over the last 30 days. A margin below 0: it is broken, and support has to know. The report counts calendar months.",
            queries: [
              { expr: facts.promises.map(({ name, target }) => `label_replace(vector(${target}), "promise", "${name}", "", "")`).join(" or "), legend: "" },
              { expr: facts.promises.map(kept).join(" or "), legend: "" },
              { expr: facts.promises.map((promise) => `(${kept(promise)}) - ${promise.target}`).join(" or "), legend: "" },
            ],
            columns: [
              { field: "promise", name: "Promise" },
              { field: "Value #A", name: "Target", decimals: 2 },
              { field: "Value #B", name: "Kept", decimals: 3 },
              { field: "Value #C", name: "Margin", decimals: 2, steps: higherIsBetter(0, 0.001) },
            ],
          }),
          words("How to read it", reading(facts), 24, 5),
        ],
      },
      ...objectives.map(rowOf),
    ],
  };
}

function rowOf(objective: Objective): Row {
  const { name, target, window } = objective;
  return {
    title: `${name}: ${percent(target)} over ${inWords(window)}`,
    panels: [
      stat({
        title: `Attained, ${window}`, width: 5, height: 5, unit: "percentunit", decimals: 3,
        description: `${objective.description} The objective is ${percent(target)}. A stack younger than its first record shows the last hour.`,
        steps: higherIsBetter(target - (1 - target), target),
        queries: [{ expr: attained(objective), legend: name }],
      }),
      gauge({
        title: "Budget left", width: 5, height: 5, unit: "percentunit", decimals: 1, min: 0, max: 1,
        description: "Share of the allowed failures that have not happened. Below 25 % hold back risky changes; at 0 only changes that make it better.",
        steps: higherIsBetter(0.01, 0.25), alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow"],
        queries: [{ expr: `clamp_min(${budgetLeft(objective)}, 0)`, legend: name }],
      }),
      stat({
        title: "Events left", width: 4, height: 5, unit: "short", steps: higherIsBetter(0, 1),
        description: "How many more events may go wrong before the objective is missed.",
        queries: [{ expr: `round(${eventsLeft(objective)})`, legend: name }],
      }),
      stat({
        title: "Burn rate, 1h", width: 5, height: 5, unit: "short", decimals: 2, steps: lowerIsBetter(1, 6), alerts: ["ErrorBudgetBurnFast"],
        description: "At 1 the budget just lasts its window. The fast alert pages at about 14, the slow one at about 6.",
        queries: [{ expr: burnRate(objective, "1h"), legend: name }],
      }),
      stat({
        title: "Budget lasts", width: 5, height: 5, unit: "s", steps: neutral,
        description: `Time until the budget is gone if it is spent as over the last day; the whole window means that it will not be.`,
        queries: [{ expr: budgetLasts(objective), legend: name }],
      }),
      timeseries({
        title: "Indicator", width: 12, height: 8, unit: "percentunit", max: 1, limits: true, steps: higherIsBetter(0, target),
        description: "Share of good events over one hour, and the objective.",
        queries: [{ expr: trend(objective), legend: name, colour: "blue" }],
      }),
      timeseries({
        title: "Budget burn", width: 12, height: 8, unit: "short", min: 0, alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow"],
        description: "How fast the budget is spent. Short and long together above the factor of a tier fire its alert.",
        queries: [
          { expr: burnRate(objective, "5m"), legend: "5m", colour: "sky" },
          { expr: burnRate(objective, "1h"), legend: "1h", colour: "orange" },
          { expr: burnRate(objective, "6h"), legend: "6h", colour: "vermilion" },
        ],
      }),
    ],
  };
}

function reading({ objectives }: Facts): string {
  const lines = objectives.map(({ name, target, window, description }) => `- **${name}**: ${percent(target)} over ${inWords(window)}. ${description}`);
  return [...lines, "", "The budget is what may go wrong: 100 % less the objective, of all events of the window. It counts events, so a busy hour weighs more."].join("\n");
}

function inWords(window: string): string {
  return window === "month" ? "a calendar month" : window;
}
