import { parseArgs } from "node:util";
import { createBridge } from "./bridge.ts";
import { dryRun } from "./dry-run.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Requests have this long to end after SIGTERM; then what is left is handed back to its senders. */
const DRAIN_MS = 3_500;
const EXIT_MS = 4_500;

function start(settings: Settings): void {
  const { server, drain, finish, abort } = createBridge(settings, log);

  server.on("error", (error: NodeJS.ErrnoException) => {
    const where = `${settings.host}:${settings.port}`;
    if (error.code === "EADDRINUSE") fail(`port ${settings.port} is taken on ${settings.host}: set SENTRY_BRIDGE_PORT to a free one`);
    fail(`cannot listen on ${where} (SENTRY_BRIDGE_HOST, SENTRY_BRIDGE_PORT): ${error.code ?? error.message}`);
  });
  server.listen(settings.port, settings.host, () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : settings.port;
    console.log(`sentry-bridge listening on http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`);
  });

  const stop = (): void => {
    drain();
    // Open requests end with their answer; a connection that waits for the next request ends now.
    server.close(() => void finish().then(() => process.exit(0)));
    server.closeIdleConnections();
    setTimeout(abort, DRAIN_MS).unref();
    setTimeout(() => process.exit(0), EXIT_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function log(line: string): void {
  console.error(`${new Date().toISOString()} ${line}`);
}

function fail(line: string): never {
  console.error(`sentry-bridge: ${line}`);
  process.exit(1);
}

const USAGE = "usage: node services/sentry-bridge/src/main.ts [--dry-run <OTLP file>]";
/** Takes part in event ids only; nothing is sent in a dry run. */
const NO_DSN = "https://public@sentry.invalid/0";

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { "dry-run": { type: "string" }, help: { type: "boolean" } } });
  if (values.help) return console.log(`${USAGE}\nSettings are environment variables: services/sentry-bridge/README.md`);
  const file = values["dry-run"];
  if (file === undefined) return start(readSettings(process.env));
  console.error(await dryRun(file, readSettings({ ...process.env, SENTRY_DSN: process.env["SENTRY_DSN"] || NO_DSN }), console.log));
}

run().catch((error: NodeJS.ErrnoException) => {
  fail(error.code?.startsWith("ERR_PARSE_ARGS") ? `${error.message.split("\n", 1)[0]}; ${USAGE}` : error.message);
});
