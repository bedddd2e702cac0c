import { setTimeout as pause } from "node:timers/promises";
import type { Drill } from "./drills.ts";
import type { Places } from "./places.ts";

const gap_ms = { requests: 250, programs: 2_000 };

/** A user of the drill's own, so that the condition shows without demo traffic as well. What goes wrong is what is wanted. */
export function startLoad(places: Places, load: Drill["load"]): { end: () => void } {
  const ending = new AbortController();
  if (load !== "none") void drive(places, load, ending.signal);
  return { end: () => ending.abort() };
}

async function drive({ backend }: Places, load: "requests" | "programs", signal: AbortSignal): Promise<void> {
  let token: string | undefined;
  while (!signal.aborted) {
    token ??= await signIn(backend);
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const request = load === "requests" ? fetch(`${backend}/api/session`, { headers, signal }) : fetch(`${backend}/api/executions`, { method: "POST", headers, body: '{"language":"javascript","code":"6 * 7"}', signal });
    void request.then(async (answer) => await answer.arrayBuffer()).catch(() => undefined);
    await pause(gap_ms[load], undefined, { signal }).catch(() => undefined);
  }
}

async function signIn(backend: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${backend}/api/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"Drill"}', signal: AbortSignal.timeout(10_000) });
    return ((await answer.json()) as { token?: string }).token;
  } catch {
    return undefined;
  }
}
