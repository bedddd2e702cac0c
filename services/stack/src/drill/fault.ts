import { setTimeout as pause } from "node:timers/promises";
import { messageOf, rootCause, UserError } from "../user-error.ts";
import { askText, send, type Places } from "./places.ts";
import type { Drill } from "./drills.ts";

/** A fault lasts this long unless it is renewed: when the drill is gone, so is the fault, half a minute later. */
const lease_s = 30;
const renew_ms = 10_000;
/** More memory than this is not filled: the machine belongs to others, too. */
const most_MB = 1_536;

/** Checks that the backend takes faults and has none: two drills at once would tell of each other's. @throws UserError */
export async function checkFaults(places: Places): Promise<void> {
  const answer = await fetch(`${places.backend}/faults`, { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
    throw new UserError(`the backend at ${places.backend} does not answer (${messageOf(rootCause(error))}). Does the stack still run? Start it again with \`npm start\`.`);
  });
  if (answer.status === 404) throw new UserError("the backend takes no faults: FAULTS=off is set, or it was not started by `npm start` of this version. Unset FAULTS and start the stack again.");
  const { faults } = (await answer.json()) as { faults: { kind: string }[] };
  if (faults.length > 0) throw new UserError(`the fault ${faults[0]!.kind} is on already: another drill runs, or was killed less than ${lease_s} s ago. Wait for it, or end it: curl -X DELETE ${places.backend}/faults`);
}

/** Switches the fault on and keeps it on until it is ended. */
export async function startFault(places: Places, drill: Drill): Promise<{ amount: number; end: () => Promise<void> }> {
  const amount = drill.amount === "near the limit" ? await megabytesToFill(places) : drill.amount;
  const url = `${places.backend}/faults/${drill.fault}`;
  const ending = new AbortController();
  await send(url, "PUT", { amount, seconds: lease_s });
  const renewing = (async () => {
    while (!ending.signal.aborted) {
      await pause(renew_ms, undefined, { signal: ending.signal }).catch(() => undefined);
      if (!ending.signal.aborted) await send(url, "PUT", { amount, seconds: lease_s }).catch(() => undefined);
    }
  })();
  return {
    amount,
    async end() {
      if (ending.signal.aborted) return;
      ending.abort();
      await renewing;
      await send(url, "DELETE");
    },
  };
}

/** As the backend tells it itself: Prometheus knows what was some seconds ago, and for some minutes also of a backend that was restarted. */
async function megabytesToFill({ backend }: Places): Promise<number> {
  const url = `${backend}/metrics`;
  const page = await askText(url);
  const value_MB = (metric: string): number => Number(new RegExp(`^${metric}(?:\\{.*\\})? (\\S+)`, "m").exec(page)?.[1]) / 2 ** 20;
  const limit_MB = value_MB("process_memory_limit");
  const wanted_MB = Math.ceil(limit_MB * 0.9 - value_MB("process_memory_usage"));
  if (Number.isNaN(wanted_MB)) throw new UserError(`${url} does not tell how much memory the backend uses and may use. Is its telemetry off (OTEL_SDK_DISABLED)?`);
  if (wanted_MB > most_MB) throw new UserError(`the backend may use ${Math.round(limit_MB)} MB, so ${wanted_MB} MB would have to be filled; a drill fills ${most_MB} MB at most. Start the stack with a smaller HELLOAGENTS_TELEMETRY_MEMORY_LIMIT_BYTES, or with none.`);
  return Math.max(1, wanted_MB);
}
