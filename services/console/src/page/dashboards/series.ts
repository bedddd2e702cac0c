import { getJson } from "../use-json.ts";

/** One line of an answer: its labels, and values at times in seconds since 1970, oldest first. */
export type Series = { labels: Record<string, string>; times: number[]; values: number[] };

/** A query that was asked, and what came. */
export type Asked = { refId: string; series: Series[] };

type Sample = [time: number, text: string];
type Answer = { problem?: string; data?: { resultType: string; result: { metric: Record<string, string>; value?: Sample; values?: Sample[] }[] } };

/** Values over a range. @throws {Error} with words for the reader */
export async function askRange(query: string, range: { start: number; end: number; step: number }, signal: AbortSignal): Promise<Series[]> {
  const { start, end, step } = range;
  return await ask("query_range", { query, start: String(start), end: String(end), step: String(step) }, signal);
}

/** Values at one moment. @throws {Error} with words for the reader */
export async function askInstant(query: string, time: number, signal: AbortSignal): Promise<Series[]> {
  return await ask("query", { query, time: String(time) }, signal);
}

async function ask(path: string, parameters: Record<string, string>, signal: AbortSignal): Promise<Series[]> {
  const { data, problem } = await getJson<Answer>(`/api/prometheus/${path}?${new URLSearchParams(parameters)}`, signal);
  if (!data) throw new Error(problem ?? "Prometheus answered without data.");
  return data.result.map(({ metric, value, values = value ? [value] : [] }) => ({
    labels: metric,
    times: values.map(([time]) => time),
    values: values.map(([, text]) => Number(text)),
  }));
}

/** A request whose trace was kept. */
export type Exemplar = { traceId: string; value: number; timeS: number };

/** Exemplars of the series that a query reads; none when Prometheus keeps none. */
export async function askExemplars(query: string, start: number, end: number, signal: AbortSignal): Promise<Exemplar[]> {
  type Found = { data?: { exemplars: { labels: Record<string, string>; value: string; timestamp: number }[] }[] };
  const { data = [] } = await getJson<Found>(`/api/prometheus/query_exemplars?${new URLSearchParams({ query, start: String(start), end: String(end) })}`, signal);
  return data
    .flatMap(({ exemplars }) => exemplars)
    .flatMap(({ labels, value, timestamp }) => {
      const traceId = labels["trace_id"] ?? labels["traceID"];
      return traceId ? [{ traceId, value: Number(value), timeS: timestamp }] : [];
    });
}

/** Values of a label. @throws {Error} with words for the reader */
export async function askLabel(label: string, selector: string | undefined, span: { startS: number; endS: number }, signal: AbortSignal): Promise<string[]> {
  const parameters = new URLSearchParams({ start: String(Math.floor(span.startS)), end: String(Math.ceil(span.endS)) });
  if (selector) parameters.set("match[]", selector);
  const { data, problem } = await getJson<{ data?: string[]; problem?: string }>(`/api/prometheus/label/${label}?${parameters}`, signal);
  if (!data) throw new Error(problem ?? "Prometheus answered without data.");
  return data;
}

/** Grafana's legend format filled in; without one, the labels. */
export function nameOf({ labels }: Series, legend = ""): string {
  if (legend && legend !== "__auto") return legend.replaceAll(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name: string) => labels[name] ?? "").trim() || "value";
  const words = Object.entries(labels).filter(([name]) => name !== "__name__").map(([name, value]) => `${name}="${value}"`);
  return words.length > 0 ? `{${words.join(", ")}}` : (labels["__name__"] ?? "value");
}

/** The last value that is a number. */
export function lastOf({ values }: Series): number | null {
  return values.findLast((value) => Number.isFinite(value)) ?? null;
}
