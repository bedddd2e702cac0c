import { useSyncExternalStore } from "react";
import { ago, until } from "../format.ts";

/** How long ago, counting on by itself; the full time on hover and for assistive technology. */
export function Ago({ iso }: { iso: string }) {
  const now = useNow();
  if (!iso) return null;
  return <time dateTime={iso} title={new Date(iso).toLocaleString()}>{ago(iso, now)}</time>;
}

/** How long until then. */
export function Until({ iso }: { iso: string }) {
  const now = useNow();
  return <time dateTime={iso} title={new Date(iso).toLocaleString()}>{until(iso, now)}</time>;
}

const TICK_MS = 5_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for the whole page: milliseconds since 1970, moving every few seconds. */
function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const listener of listeners) listener();
  }, TICK_MS);
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
