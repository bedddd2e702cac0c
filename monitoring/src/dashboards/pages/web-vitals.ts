import type { Page } from "../frame.ts";
import { stat, table, timeseries, type PanelText, type Query } from "../panels.ts";
import { lowerIsBetter, neutral } from "../thresholds.ts";

/** A vital with the limits of web.dev: good up to the first, poor above the second. */
const vitals = [
  { metric: "browser_web_vital_lcp_seconds", name: "Largest contentful paint", short: "LCP", unit: "s", good: 2.5, poor: 4, advice: "Slow: look at the first request (TTFB), then at the size of the largest image or text above the fold." },
  { metric: "browser_web_vital_inp_seconds", name: "Interaction to next paint", short: "INP", unit: "s", good: 0.2, poor: 0.5, advice: "Slow: a handler computes too long; split it or move it off the main thread." },
  { metric: "browser_web_vital_cls", name: "Layout shift", short: "CLS", unit: "short", good: 0.1, poor: 0.25, advice: "High: give images, frames and late content their size before they load." },
  { metric: "browser_web_vital_fcp_seconds", name: "First contentful paint", short: "FCP", unit: "s", good: 1.8, poor: 3, advice: "Slow: scripts or styles block the first paint." },
  { metric: "browser_web_vital_ttfb_seconds", name: "Time to first byte", short: "TTFB", unit: "s", good: 0.8, poor: 1.8, advice: "Slow: the server or the network; compare with API Performance." },
] as const;

type Vital = (typeof vitals)[number];

const page = 'job=~"$service"';

/** How the page feels to its users. P75 is the figure that web.dev judges by. */
export function webVitals(): Page {
  return {
    uid: "web-vitals",
    title: "Web Vitals",
    description: "How the page feels to its users, at the 75th percentile as web.dev judges it. Good, needs work, poor: green, orange, red.",
    variables: ["service"],
    service: "helloagents-web",
    rows: [
      { title: "Key figures, P75", panels: vitals.map((vital, index) => stat({ ...text(vital, index < 4 ? 5 : 4, 5), title: vital.short, description: `${vital.name}. ${text(vital, 5, 5).description}`, instant: true, queries: [{ expr: p75(vital, "").replace("$__rate_interval", "$__range"), legend: vital.short }] })) },
      {
        title: "By page",
        panels: [
          ...vitals.slice(0, 3).map((vital) => timeseries({
            ...text(vital, 8, 8), limits: true, min: 0,
            queries: [{ expr: p75(vital, "url_template"), legend: "{{url_template}}" }],
          })),
          table({
            title: "Pages", width: 16, height: 8, unit: "short", sortBy: "LCP", noValue: "No visits",
            description: "Each page over the chosen range, the slowest first.",
            queries: vitals.map((vital): Query => ({ expr: p75(vital, "url_template").replaceAll("$__rate_interval", "$__range"), legend: "" })),
            columns: [
              { field: "url_template", name: "Page" },
              ...vitals.map(({ short, unit, good, poor }, index) => ({ field: `Value #${String.fromCharCode(65 + index)}`, name: short, unit, steps: lowerIsBetter(good, poor) })),
            ],
          }),
          timeseries({
            title: "Page loads", width: 8, height: 8, unit: "ops", min: 0, noValue: "No visits",
            description: "Loads a second that were measured.",
            queries: [{ expr: `sum by (url_template) (rate(browser_web_vital_ttfb_seconds_count{${page}}[$__rate_interval]))`, legend: "{{url_template}}" }],
            steps: neutral,
          }),
        ],
      },
    ],
  };
}

function text({ name, short, unit, good, poor, advice }: Vital, width: number, height: number): PanelText {
  return {
    title: `${name} (${short})`, width, height, unit, noValue: "No visits", steps: lowerIsBetter(good, poor),
    description: `Good up to ${good}${unit === "s" ? " s" : ""}, poor above ${poor}. ${advice}`,
  };
}

function p75({ metric }: Vital, by: string): string {
  return `histogram_quantile(0.75, sum by (${["le", by].filter(Boolean).join(", ")}) (rate(${metric}_bucket{${page}}[$__rate_interval]))) >= 0`;
}
