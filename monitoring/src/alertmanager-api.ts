import type { Matcher } from "./matchers.ts";

/** A silence as Alertmanager has it (api/v2/openapi.yaml, `gettableSilence`); times in ISO 8601. */
export type Silence = { id: string; matchers: Matcher[]; startsAt: string; endsAt: string; createdBy: string; comment: string; status: { state: "active" | "pending" | "expired" } };

/** What is asked of an Alertmanager. Every call throws an Error that says what to do when there is none, or when it refuses. */
export type Alertmanager = {
  silences: () => Promise<Silence[]>;
  silence: (silence: { matchers: Matcher[]; startsAt: string; endsAt: string; createdBy: string; comment: string }) => Promise<string>;
  expire: (id: string) => Promise<void>;
  /** Alerts that these matchers hold back, by their labels. */
  alerts: (matchers: string[]) => Promise<Record<string, string>[]>;
};

const TIMEOUT_MS = 30_000;

/** @param url base address, as http://localhost:9093 */
export function alertmanagerAt(url: string): Alertmanager {
  const base = `${url.replace(/\/$/, "")}/api/v2`;
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(base + path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init }).catch((error: Error) => {
      throw new Error(`Alertmanager at ${url} does not answer (${(error.cause as Error | undefined)?.message ?? error.message}); start it, or give its address with --alertmanager`, { cause: error });
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Alertmanager at ${url} answered ${answer.status} to ${init.method ?? "GET"} ${path}: ${text.trim() || answer.statusText}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    silences: async () => (await ask("/silences")) as Silence[],
    silence: async (silence) => ((await ask("/silences", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(silence) })) as { silenceID: string }).silenceID,
    expire: async (id) => void (await ask(`/silence/${encodeURIComponent(id)}`, { method: "DELETE" })),
    alerts: async (matchers) => ((await ask(`/alerts?${new URLSearchParams(matchers.map((matcher) => ["filter", matcher]))}`)) as { labels: Record<string, string> }[]).map(({ labels }) => labels),
  };
}
