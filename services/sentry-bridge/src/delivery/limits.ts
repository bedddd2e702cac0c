/** Sentry's rate limits for one DSN, as far as they concern what the bridge sends (develop.sentry.dev, rate limiting). */
export interface Limits {
  /** Learns from any answer, 200 too. */
  learn: (status: number, headers: Record<string, string | string[] | undefined>) => void;
  /** Seconds for which what is of this category must be discarded; 0 when it may go. */
  secondsLeft: (category: Category) => number;
}

/** The categories that the bridge sends; `internal` (client reports) is limited only together with all. Limits for others do not concern it. */
export const CATEGORIES = ["error", "session", "span", "transaction", "internal"] as const;
export type Category = (typeof CATEGORIES)[number];

const ALL = "";
const BARE_429_SECONDS = 60;
/** No answer may silence the bridge for longer; Sentry itself names at most a day. */
const MAX_SECONDS = 7 * 24 * 3600;

export function createLimits(now: () => number = Date.now): Limits {
  const until = new Map<string, number>();

  function limit(category: string, seconds: number): void {
    if (!(seconds > 0)) return;
    const end = now() + Math.min(seconds, MAX_SECONDS) * 1000;
    until.set(category, Math.max(until.get(category) ?? 0, end));
  }

  return {
    learn(status, headers) {
      const quota = headers["x-sentry-rate-limits"];
      if (quota !== undefined) {
        for (const { seconds, categories } of parseQuotas(String(quota))) {
          if (categories.length === 0) limit(ALL, seconds);
          for (const category of CATEGORIES) if (categories.includes(category)) limit(category, seconds);
        }
      } else if (status === 429) limit(ALL, retryAfterSeconds(headers["retry-after"], now()) ?? BARE_429_SECONDS);
    },
    secondsLeft(category) {
      const end = Math.max(until.get(ALL) ?? 0, until.get(category) ?? 0);
      return Math.max(0, (end - now()) / 1000);
    },
  };
}

/** `60:transaction;error:organization:reason, 2700::key`: seconds, categories (none = all), and parts that may be ignored. */
function parseQuotas(header: string): { seconds: number; categories: string[] }[] {
  return header.split(",").flatMap((part) => {
    const [seconds = "", categories = ""] = part.replaceAll(" ", "").split(":");
    if (!/^\d+(?:\.\d+)?$/.test(seconds)) return [];
    return [{ seconds: Number(seconds), categories: categories.split(";").filter((category) => category !== "") }];
  });
}

/** Seconds or an HTTP date (RFC 9110); `undefined` when absent or neither. */
function retryAfterSeconds(value: string | string[] | undefined, now: number): number | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text.trim())) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
