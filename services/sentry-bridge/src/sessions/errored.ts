import { ERROR, SERVER, type Span } from "../otlp/model.ts";
import { type RequestStatus, statusCode } from "./requests.ts";

/** Requests that recorded an exception and were still answered well: counts of requests do not tell them from others. */
export interface Errored {
  /** @param root the span that entered the service, when it came along with the exception */
  noted: (release: string, root: Span | undefined) => void;
  /** Divides requests of one status: so many of the good ones as were noted had an error. */
  divide: (release: string, status: RequestStatus, count: number) => [RequestStatus, number][];
}

const MAX_REQUESTS = 10_000;
const MAX_RELEASES = 1_000;

export function createErrored(): Errored {
  /** Each request counts once, however many exceptions it had. */
  const requests = new Set<string>();
  const noted = new Map<string, number>();
  return {
    noted(release, root) {
      if (!root || root.kind !== SERVER || root.statusCode === ERROR) return;
      const code = statusCode(root.attributes);
      if (code < 100 || code >= 500) return;
      const id = root.traceId + root.spanId;
      if (requests.has(id) || (!noted.has(release) && noted.size >= MAX_RELEASES)) return;
      requests.add(id);
      if (requests.size > MAX_REQUESTS) requests.delete(requests.values().next().value!);
      noted.set(release, (noted.get(release) ?? 0) + 1);
    },
    divide(release, status, count) {
      const waiting = noted.get(release) ?? 0;
      if (status !== "exited" || waiting === 0) return [[status, count]];
      const moved = Math.min(waiting, count);
      noted.set(release, waiting - moved);
      return moved === count ? [["errored", moved]] : [["errored", moved], ["exited", count - moved]];
    },
  };
}
