/** Labels of a series and its samples: time in seconds since 1970, and value. */
export type Series = { labels: Record<string, string>; samples: [time: number, value: number][] };

/** Asks one Prometheus. Each function returns every series of the answer, and throws an Error that says what to do when there is none. */
export type Prometheus = {
  /** The value at `time` (seconds since 1970). */
  instant: (query: string, time: number) => Promise<Series[]>;
  /** Values from `start` to `end`, `step` seconds apart. */
  range: (query: string, start: number, end: number, step: number) => Promise<Series[]>;
};

const TIMEOUT_MS = 30_000;

/** @param url base address, as http://localhost:9090 */
export function prometheusAt(url: string): Prometheus {
  return {
    instant: async (query, time) => await ask(url, "query", { query, time: String(time) }),
    range: async (query, start, end, step) => await ask(url, "query_range", { query, start: String(start), end: String(end), step: String(step) }),
  };
}

type Answer = { error?: string; data?: { resultType: string; result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] } };

async function ask(url: string, path: string, parameters: Record<string, string>): Promise<Series[]> {
  const answer = await fetch(`${url.replace(/\/$/, "")}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters), signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: Error) => {
    throw new Error(`Prometheus at ${url} does not answer (${(error.cause as Error | undefined)?.message ?? error.message}); start it, or give its address with --prometheus`, { cause: error });
  });
  const body = (await answer.json().catch(() => ({}))) as Answer;
  const { data } = body;
  if (!data) throw new Error(`Prometheus at ${url} answered ${answer.status} to ${parameters["query"]}: ${body.error ?? "not in JSON; is this Prometheus?"}`);
  if (data.resultType !== "vector" && data.resultType !== "matrix") throw new Error(`${parameters["query"]} gives a ${data.resultType}, not series; correct the query`);
  return data.result.map(({ metric, value, values }) => ({ labels: metric, samples: (values ?? [value!]).map(([time, text]) => [time, Number(text)]) }));
}
