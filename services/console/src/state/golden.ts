import { fetchJson } from "./fetch-json.ts";

/** A key figure now and over the last half hour. `value` is null while there is nothing to measure. */
export type GoldenSignal = {
  name: "traffic" | "errors" | "latency" | "saturation" | "pool";
  title: string;
  unit: "per second" | "share" | "seconds" | "of size";
  value: number | null;
  /** The whole that `value` is a part of (pool). */
  of?: number | null;
  target: string;
  state: "good" | "warning" | "bad" | "unknown";
  query: string;
  /** [unix seconds, value]; gaps are left out. */
  points: [number, number][];
};

export type ScrapeTarget = { job: string; instance: string; health: "up" | "down" | "unknown"; lastError: string };

/** `problem` says what keeps Prometheus from answering. */
export type GoldenState = { signals: GoldenSignal[]; targets: ScrapeTarget[]; problem?: string };

const TIMEOUT_MS = 2_500;
const RANGE_S = 1_800;
const STEP_S = 30;

const API = 'job="helloagents-api"';

type Definition = Pick<GoldenSignal, "name" | "title" | "unit" | "target" | "query"> & { judge: (value: number, of: number | null) => GoldenSignal["state"]; ofQuery?: string };

/** The thresholds are those of the objectives and of the alerts on the same figure. */
const DEFINITIONS: Definition[] = [
  {
    name: "traffic", title: "Requests", unit: "per second", target: "API, 5 min average",
    query: `sum(rate(http_server_request_duration_seconds_count{${API}}[5m]))`,
    judge: () => "good",
  },
  {
    name: "errors", title: "Errors", unit: "share", target: "goal < 0.1 %",
    query: `(sum(rate(http_server_request_duration_seconds_count{${API},http_response_status_code=~"5.."}[5m])) or vector(0)) / sum(rate(http_server_request_duration_seconds_count{${API}}[5m]))`,
    judge: (share) => (share > 0.05 ? "bad" : share > 0.001 ? "warning" : "good"),
  },
  {
    name: "latency", title: "Latency P95", unit: "seconds", target: "goal < 200 ms",
    query: `histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{${API}}[5m])))`,
    judge: (seconds) => (seconds > 0.5 ? "bad" : seconds > 0.2 ? "warning" : "good"),
  },
  {
    name: "saturation", title: "Memory", unit: "share", target: "goal < 80 %",
    query: `max(process_memory_usage_bytes{${API}}) / (max(process_memory_limit_bytes{${API}}) > 0)`,
    judge: (share) => (share > 0.85 ? "bad" : share > 0.8 ? "warning" : "good"),
  },
  {
    name: "pool", title: "Sandboxes free", unit: "of size", target: "at least 2",
    query: `sum(helloagents_sandbox_pool_available{${API}})`,
    ofQuery: `sum(helloagents_sandbox_pool_size{${API}})`,
    judge: (available) => (available < 1 ? "bad" : available < 2 ? "warning" : "good"),
  },
];

/** Key figures and scrape targets from Prometheus. Never throws. */
export async function readGolden(prometheusUrl: string, now: () => number = Date.now): Promise<GoldenState> {
  try {
    const [targets, ...signals] = await Promise.all([readTargets(prometheusUrl), ...DEFINITIONS.map((each) => readSignal(prometheusUrl, each, now()))]);
    return { signals, targets };
  } catch (error) {
    return { signals: [], targets: [], problem: `Prometheus at ${prometheusUrl} cannot be asked: ${(error as Error).message}.` };
  }
}

async function readSignal(url: string, { judge, ofQuery, ...definition }: Definition, nowMs: number): Promise<GoldenSignal> {
  const [points, wholes] = await Promise.all([range(url, definition.query, nowMs), ofQuery ? range(url, ofQuery, nowMs) : undefined]);
  const value = lastNow(points, nowMs);
  const of = wholes && lastNow(wholes, nowMs);
  return { ...definition, value, ...(wholes && { of: of ?? null }), points, state: value === null ? "unknown" : judge(value, of ?? null) };
}

async function range(url: string, query: string, nowMs: number): Promise<[number, number][]> {
  const end = Math.floor(nowMs / 1000);
  const search = new URLSearchParams({ query, start: String(end - RANGE_S), end: String(end), step: String(STEP_S) });
  const answer = (await fetchJson(`${url}/api/v1/query_range?${search}`, TIMEOUT_MS)) as { data?: { result?: { values?: [number, string][] }[] } };
  const values = answer.data?.result?.[0]?.values ?? [];
  return values.map(([time, value]) => [time, Number(value)] as [number, number]).filter(([, value]) => Number.isFinite(value));
}

/** The last value, unless the series ended a while ago. */
function lastNow(points: [number, number][], nowMs: number): number | null {
  const last = points.at(-1);
  return last && last[0] >= nowMs / 1000 - 2 * STEP_S ? last[1] : null;
}

async function readTargets(url: string): Promise<ScrapeTarget[]> {
  type Target = { labels?: Record<string, string>; health?: ScrapeTarget["health"]; lastError?: string };
  const answer = (await fetchJson(`${url}/api/v1/targets?state=active`, TIMEOUT_MS)) as { data?: { activeTargets?: Target[] } };
  return (answer.data?.activeTargets ?? []).map(({ labels = {}, health = "unknown", lastError = "" }) => ({
    job: labels["job"] ?? "",
    instance: labels["instance"] ?? "",
    health,
    lastError,
  }));
}
