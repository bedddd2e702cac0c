import { useEffect, useState } from "react";

/** `data` stays while a refresh fails; `error` then says why it may be old. */
export type Loaded<T> = { data: T | undefined; error: string | undefined; loading: boolean };

/** GETs JSON from the console, again every `refreshMs` while the page is visible. `url` undefined asks nothing. */
export function useJson<T>(url: string | undefined, refreshMs?: number): Loaded<T> {
  const [state, setState] = useState<{ url: string | undefined; data: T | undefined; error: string | undefined }>({ url: undefined, data: undefined, error: undefined });

  useEffect(() => {
    if (url === undefined) return undefined;
    const abort = new AbortController();
    const load = async () => {
      try {
        const data = await getJson<T>(url, abort.signal);
        setState({ url, data, error: undefined });
      } catch (error) {
        if (!abort.signal.aborted) setState((old) => ({ url, data: old.url === url ? old.data : undefined, error: (error as Error).message }));
      }
    };
    void load();
    const timer = refreshMs === undefined ? undefined : setInterval(() => { if (!document.hidden) void load(); }, refreshMs);
    const shown = () => { if (!document.hidden && refreshMs !== undefined) void load(); };
    document.addEventListener("visibilitychange", shown);
    return () => {
      abort.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [url, refreshMs]);

  const current = state.url === url;
  return { data: current ? state.data : undefined, error: current ? state.error : undefined, loading: url !== undefined && !current };
}

/** Throws an Error with words for the reader. An empty answer is undefined. */
export async function getJson<T>(url: string, signal?: AbortSignal, init: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetchTwice(url, { ...init, ...(signal && { signal }) });
  } catch (error) {
    throw new Error("The console does not answer: it may have been stopped.", { cause: error });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error((body as { error?: string } | undefined)?.error ?? `The console answered ${response.status}.`);
  return body as T;
}

const AGAIN_MS = 300;

/** Browsers drop every open request when the machine's network changes, also those to itself: what only reads is asked once more. */
async function fetchTwice(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted || (init.method ?? "GET") !== "GET") throw error;
    await new Promise((resume) => setTimeout(resume, AGAIN_MS));
    return await fetch(url, init);
  }
}
