import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeAlertmanagerFolder, readDestinations } from "./alertmanager-config.ts";
import type { BinaryName } from "./binaries/catalogue.ts";
import { obtainBinaries } from "./binaries/obtain.ts";
import { buildBundles } from "./bundles.ts";
import { checkAll, checkFolders, checkPorts, checkSyntax } from "./checks.ts";
import { awaitCleanUp } from "./data-lock.ts";
import { type Options, readOptions } from "./options.ts";
import { describeParts } from "./parts.ts";
import type { PartName } from "./part-names.ts";
import { startReaper } from "./reaper.ts";
import { writePrometheusFolder } from "./run-folder.ts";
import { writeState } from "./state-file.ts";
import { supervise, type Supervisor } from "./supervisor.ts";
import { terminal } from "./terminal.ts";
import { startTraffic } from "./traffic.ts";
import { messageOf, UserError } from "./user-error.ts";
import { links, printWelcome } from "./welcome.ts";

/** `npm start`: sets up, checks, starts, watches and ends everything. */

const root = resolve(import.meta.dirname, "../../..");
const out = terminal();
const begun = Date.now();
const atEnd: (() => void)[] = [];

/** Parts that use what is built: the pages, and the preload of backend and frontend. */
const builtParts: PartName[] = ["console", "frontend", "backend"];

/** Two presses of Ctrl-C within this time are one: npm passes on the signal that the terminal has sent already. */
const samePress_ms = 700;
let firstSignal: number | undefined;
let supervisor: Supervisor | undefined;
let traffic: { stop: () => Promise<void> } | undefined;

process.on("exit", () => {
  for (const work of atEnd.toReversed()) work();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void onSignal());
// start.mjs holds this channel when it runs on another Node: when it is gone, killed even, so are we.
if (process.channel) {
  process.channel.unref();
  process.on("disconnect", () => void onSignal());
}

async function start(options: Options): Promise<void> {
  refuse(checkFolders(options));
  const lockFile = join(options.data, "lock");
  const lock = await awaitCleanUp(lockFile, options.data, out);
  atEnd.push(() => lock.release());
  const stateFile = join(options.data, "run", "state.json");
  rmSync(stateFile, { force: true });

  out.line(out.colors.bold("HelloAgents monitoring"));
  out.line("\nset-up");
  const binaries = await obtainBinaries({ root, env: process.env, out, wanted: binariesOf(options.parts) });
  if (options.parts.some((part) => builtParts.includes(part))) await buildBundles(root, out);

  const broken = checkSyntax(options);
  if (broken.length > 0) refuse([...broken, ...(await checkPorts(options))]);
  const run = join(options.data, "run");
  const prometheusConfig = writePrometheusFolder(join(run, "prometheus"), options.monitoring, options.ports);
  const alertmanagerConfig = writeAlertmanagerFolder(join(run, "alertmanager"), options.monitoring, options.ports, readDestinations(process.env));
  const all = describeParts({ root, options, env: process.env, binaries, prometheusConfig, alertmanagerConfig, stateFile });
  const parts = all.filter(({ name }) => (options.parts as string[]).includes(name));
  refuse(await checkAll({ options, parts, binaries, prometheusConfig, alertmanagerConfig }));

  out.line(`\nstarting ${parts.map(({ name }) => name).join(", ")}`);
  const reaper = startReaper(lockFile);
  lock.setHelper(reaper.pid);
  supervisor = supervise(parts, {
    logs: join(options.data, "logs"),
    reaper,
    out,
    onChange: (statuses) => writeState(stateFile, { ready: statuses.every(({ state }) => state === "ready"), parts: statuses, links: links(options) }),
  });
  await supervisor.started;
  if (firstSignal !== undefined) return;
  printWelcome(out, options, supervisor.statuses(), (Date.now() - begun) / 1000);
  if (options.traffic && options.parts.includes("backend")) traffic = startTraffic(`http://127.0.0.1:${options.ports.backend}`);
}

function binariesOf(parts: PartName[]): BinaryName[] {
  const needed: Partial<Record<PartName, BinaryName[]>> = { collector: ["otelcol"], prometheus: ["prometheus", "promtool"], alertmanager: ["alertmanager", "amtool"] };
  return parts.flatMap((part) => needed[part] ?? []);
}

function refuse(problems: string[]): void {
  if (problems.length === 0) return;
  for (const problem of problems) out.error(problem);
  out.line(`nothing was started: ${problems.length === 1 ? "one problem" : `${problems.length} problems`} to repair first`);
  process.exit(1);
}

async function onSignal(): Promise<void> {
  if (supervisor === undefined) process.exit(130);
  if (firstSignal !== undefined) {
    if (Date.now() - firstSignal < samePress_ms) return;
    out.line("killing everything");
    supervisor.kill();
    return;
  }
  firstSignal = Date.now();
  out.line("\nending (once more: at once)");
  await traffic?.stop();
  await supervisor.stop().catch((error: unknown) => out.error(messageOf(error)));
  out.line("all ended");
  process.exit(0);
}

try {
  const options = readOptions(process.argv.slice(2), process.env, root);
  if ("help" in options) out.line(options.help.trimEnd());
  else await start(options);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  out.error(error.message);
  process.exit(1);
}
