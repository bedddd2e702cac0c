import { createPipeline } from "./delivery/pipeline.ts";
import { createUpstream } from "./delivery/upstream.ts";
import type { Dsn } from "./dsn.ts";
import { createCollapse } from "./exceptions/collapse.ts";
import { createMetrics } from "./metrics.ts";
import { createBridgeServer } from "./server.ts";
import { readSettings, type Settings } from "./settings.ts";

/** Requests have this long to end after SIGTERM; then what is left is handed back to its senders. */
const DRAIN_MS = 3_500;
const EXIT_MS = 4_500;

function start(settings: Settings): void {
  const metrics = createMetrics();
  const connect = (dsn: Dsn): ReturnType<typeof createUpstream> => createUpstream(dsn, { ...settings, metrics, log });
  const services = connect(settings.dsn);
  const page = same(settings.dsn, settings.pageDsn) ? services : connect(settings.pageDsn);
  const pipeline = createPipeline({ settings, services, page, collapse: createCollapse(), metrics, log });
  const states = (): Record<string, ReturnType<typeof services.state>> => ({ [settings.dsn.label]: services.state(), [settings.pageDsn.label]: page.state() });
  const { server, drain } = createBridgeServer({ settings, pipeline, metrics, states, log });

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
    server.close(() => void Promise.all([services.close(), page.close()]).then(() => process.exit(0)));
    server.closeIdleConnections();
    setTimeout(() => [services, page].forEach((upstream) => upstream.abort()), DRAIN_MS).unref();
    setTimeout(() => process.exit(0), EXIT_MS).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function log(line: string): void {
  console.error(`${new Date().toISOString()} ${line}`);
}

function same(one: Dsn, other: Dsn): boolean {
  return one.endpoint.href === other.endpoint.href && one.publicKey === other.publicKey;
}

function fail(line: string): never {
  console.error(`sentry-bridge: ${line}`);
  process.exit(1);
}

try {
  start(readSettings(process.env));
} catch (error) {
  fail((error as Error).message);
}
