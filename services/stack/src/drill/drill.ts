import { setTimeout as pause } from "node:timers/promises";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { Drill } from "./drills.ts";
import { startFault } from "./fault.ts";
import { startLoad } from "./load.ts";
import { send, type Places } from "./places.ts";
import { quickenClocks } from "./quick-clocks.ts";
import { badSample, heldBack, messagesAbout, ruleOf, tellsOfEnd, type Message } from "./watch.ts";

export interface DrillOptions {
  data: string;
  /** Shorten `for`, ranges and waits for the time of the drill. */
  quick: boolean;
  timeout_s: number;
}

const poll_ms = 500;
/** After the first message: time for those that go other ways. */
const furtherMessages_ms = 10_000;

/**
 * Causes the condition of an alert and prints the way from the fault to the last message. Whatever happens, the fault and the quick clocks are
 * taken back; if not even that can be done, the fault ends by itself within 30 s. @throws UserError naming the step that did not come
 */
export async function runDrill(alert: string, drill: Drill, places: Places, options: DrillOptions, out: Terminal, signal: AbortSignal): Promise<void> {
  const begun = Date.now();
  const tell = (what: string, text: string): void => out.line(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${what.padEnd(11)} ${text}`);
  const undo: (() => unknown)[] = [];
  try {
    const before = new Set((await messagesAbout(places, alert)).map(({ id }) => id));
    const fresh = async (): Promise<Message[]> => (await messagesAbout(places, alert)).filter(({ id }) => !before.has(id));
    if (options.quick) {
      const clocks = await quickenClocks(options.data, alert, places);
      undo.push(clocks.restore);
    }
    const until = async <Found>(step: string, probe: () => Promise<Found | undefined | false>): Promise<Found> => await awaitStep(step, probe, begun + options.timeout_s * 1000, signal);
    const rule = async () => (await ruleOf(places, alert))!;
    if ((await rule()).alerts.length > 0) tell("waiting", "the alert is pending already");
    await until("the end of the pending alert", async () => (await rule()).alerts.length === 0);
    const load = startLoad(places, drill.load);
    undo.push(() => load.end());
    const fault = await startFault(places, drill);
    undo.push(fault.end);
    tell("fault", `${drill.means} (${drill.fault}, ${fault.amount})`);

    tell("bad sample", `${alert} is true: ${await until("a bad sample", async () => await badSample(places, await rule()))}`);
    const pending = await until("the pending alert", async () => (await rule()).alerts[0]);
    tell("pending", `since ${pending.activeAt.slice(11, 19)} UTC, for ${(await rule()).duration} s`);
    await until("the firing alert", async () => (await rule()).alerts.some(({ state }) => state === "firing"));
    tell("firing", "Prometheus hands it to Alertmanager");

    const notified = new Set<string>();
    const tellMessages = async (end: boolean): Promise<boolean> => {
      for (const message of (await fresh()).filter((each) => !notified.has(each.id) && tellsOfEnd(each) === end)) {
        notified.add(message.id);
        tell(end ? "resolved" : "notified", `${message.kind}: ${message.title}`);
      }
      return notified.size > 0;
    };
    const reason = await until("a message in the console (with destinations of your own, look there)", async () => ((await tellMessages(false)) ? "none" : await heldBack(places, alert)));
    if (reason !== "none") tell("held back", reason);
    for (const last = Date.now() + furtherMessages_ms; Date.now() < last && !signal.aborted; await pause(poll_ms)) await tellMessages(false);

    load.end();
    const recovery = startLoad(places, drill.load);
    undo.push(() => recovery.end());
    await fault.end();
    tell("repaired", "the fault is off");
    await until("the end of the alert", async () => (await rule()).alerts.length === 0);
    tell("over", "the condition is true no longer");
    if (notified.size === 0) return;
    notified.clear();
    await until("the message of the end", async () => await tellMessages(true));
    for (const last = Date.now() + furtherMessages_ms; Date.now() < last && !signal.aborted; await pause(poll_ms)) await tellMessages(true);
  } finally {
    for (const step of undo.toReversed()) await Promise.resolve(step()).catch((error: unknown) => out.error(`not taken back: ${String(error)}`));
    await send(`${places.backend}/faults`, "DELETE").catch(() => out.warn("the backend does not answer; its fault ends by itself within 30 s"));
    if (signal.aborted) tell("ended", "fault and clocks are taken back");
  }
}

async function awaitStep<Found>(step: string, probe: () => Promise<Found | undefined | false>, deadline_ms: number, signal: AbortSignal): Promise<Found> {
  let problem = "";
  for (;;) {
    signal.throwIfAborted();
    const found = await probe().catch((error: unknown) => void (problem = ` (${String(error)})`));
    if (found !== undefined && found !== false) return found as Found;
    if (Date.now() > deadline_ms) throw new UserError(`${step} did not come in time${problem}. The steps above say how far it got; docs/MONITORING_TROUBLESHOOTING.md, "An alert did not fire", says what to look at. A longer --timeout gives it more time.`);
    await pause(poll_ms, undefined, { signal }).catch(() => undefined);
  }
}
