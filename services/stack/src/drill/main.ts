import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { suggestion } from "../nearest.ts";
import { terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { runDrill } from "./drill.ts";
import { drills } from "./drills.ts";
import { checkFaults } from "./fault.ts";
import { findPlaces } from "./places.ts";
import { ruleOf } from "./watch.ts";

class WrongUse extends UserError {}

/** `npm run drill -- <alert>`. Exit codes: 0 the alert came and went, 1 it did not, 2 wrong use, 130 after Ctrl-C. */
const out = terminal();
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());

const command = new Command("npm run drill --")
  .description(`Causes the condition of an alert in the running demo and prints the way from the fault to the last message.\nAlerts: ${Object.keys(drills).join(", ")}`)
  .argument("<alert>", "name of the alert")
  .option("--quick", "shorten the alert's `for` to 5 s, its ranges to 1m and Alertmanager's waits, for the time of the drill")
  .option("--fault <kind>", "cause it in another way, such as HighErrorRate by database")
  .option("--data <dir>", "data folder of the running stack", join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "helloagents"))
  .option("--timeout <seconds>", "give up after this time", "1800")
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`${text.trim().replace("\n", " ").replace(/\.$/, "")}. Add --help to see what there is.\n`) });

try {
  command.parse();
  const alert = command.args[0]!;
  const options = command.opts<{ quick?: boolean; fault?: string; data: string; timeout: string }>();
  const ways = Object.hasOwn(drills, alert) ? drills[alert] : undefined;
  if (ways === undefined) throw new WrongUse(`there is no drill for ${alert}.${suggestion(alert, Object.keys(drills))}`);
  const drill = options.fault === undefined ? ways[0] : ways.find(({ fault }) => fault === options.fault);
  if (drill === undefined) throw new WrongUse(`${alert} is not caused by --fault ${options.fault}; there is: ${ways.map(({ fault }) => fault).join(", ")}.`);
  const timeout_s = Number(options.timeout);
  if (!(timeout_s > 0)) throw new WrongUse(`--timeout ${options.timeout} is no number of seconds`);
  const data = resolve(options.data);
  const places = findPlaces(data);
  await checkFaults(places);
  const rule = await ruleOf(places, alert);
  if (rule === undefined) throw new UserError(`Prometheus at ${places.prometheus} has no alert ${alert}; is it in the rules of this stack (--monitoring)?`);
  if (rule.alerts.some(({ state }) => state === "firing")) throw new UserError(`${alert} fires already; wait until it is over.`);
  await runDrill(alert, drill, places, { data, quick: options.quick === true, timeout_s }, out, stopping.signal);
} catch (error) {
  process.exitCode = codeOf(error);
}

function codeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (stopping.signal.aborted) return 130;
  if (!(error instanceof UserError)) throw error;
  out.error(error.message);
  return error instanceof WrongUse ? 2 : 1;
}
