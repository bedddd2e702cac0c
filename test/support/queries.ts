import type { Stack } from "./stack.ts";

/** Parts that can be asked, however they were started. */
export type Reachable = Pick<Stack, "url">;

/** A loaded machine answers late, but a part that hangs is to be seen before the story's own deadline. */
const answer_ms = 20_000;

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

/** Instant query; `at` in seconds since the epoch. */
export async function promql(stack: Reachable, query: string, at?: number): Promise<Sample[]> {
  const body = new URLSearchParams({ query, ...(at === undefined ? {} : { time: String(at) }) });
  const answer = await fetch(stack.url("prometheus", "/api/v1/query"), { method: "POST", body, signal: AbortSignal.timeout(answer_ms) });
  const parsed = (await answer.json()) as { status: string; error?: string; data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
  if (parsed.status !== "success") throw new Error(`Prometheus refused ${query}: ${parsed.error}`);
  return parsed.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

export interface InboxItem {
  id: string;
  kind: "sentry" | "slack" | "pagerduty" | "email";
  time: string;
  title: string;
  text: string;
  raw: unknown;
}

/** What left the system, newest first, as the console caught it. */
export async function inbox(stack: Reachable, kind?: InboxItem["kind"]): Promise<InboxItem[]> {
  const query = kind === undefined ? "" : `?kind=${kind}&limit=1000`;
  return await json<InboxItem[]>(stack.url("console", `/api/inbox${query}`));
}

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answer_ms), ...init });
  if (!answer.ok) throw new Error(`${init?.method ?? "GET"} ${url} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  return (await answer.json()) as T;
}

export async function postJson<T>(url: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  return await json<T>(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}
