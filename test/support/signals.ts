import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { inbox, json, promql, type Reachable } from "./queries.ts";
import { repository } from "./stack.ts";

interface Signals {
  spans: string[];
  issues: string[];
  metrics: string[];
}

export interface SignalRow {
  service: string;
  signal: "span" | "metric" | "issue";
  item: string;
}

const matrix = parse(readFileSync(join(repository, "test/signals.yaml"), "utf8")) as Record<string, Signals>;

/** Every service x signal of test/signals.yaml. */
export const signalRows: SignalRow[] = Object.entries(matrix).flatMap(([service, { spans, metrics, issues }]) => [
  ...spans.map((item) => ({ service, signal: "span" as const, item })),
  ...metrics.map((item) => ({ service, signal: "metric" as const, item })),
  ...issues.map((item) => ({ service, signal: "issue" as const, item })),
]);

/** Has it arrived: the metric in Prometheus, the span or the issue at the console? */
export async function hasArrived(stack: Reachable, { service, signal, item }: SignalRow): Promise<boolean> {
  if (signal === "metric") return (await promql(stack, `count(${item}{job="${service}"})`)).length > 0;
  if (signal === "issue") return (await inbox(stack, "sentry")).some(({ title, raw }) => title.includes(item) && JSON.stringify(raw).includes(service));
  const traces = await json<{ traceId: string }[]>(stack.url("console", `/api/traces?service=${service}&limit=200`));
  for (const { traceId } of traces) {
    const { spans } = await json<{ spans: { service: string; name: string }[] }>(stack.url("console", `/api/traces/${traceId}`));
    if (spans.some((span) => span.service === service && span.name.startsWith(item))) return true;
  }
  return false;
}
