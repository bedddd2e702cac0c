import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createActivity } from "./activity.ts";
import { createApp } from "./app.ts";
import { openAssistant } from "./assistant/assistant.ts";
import { openDatabase } from "./database/connection.ts";
import { createFaults, withSandboxFaults } from "./faults/faults.ts";
import { rememberServerSpan } from "./routes/sessions.ts";
import { openSandboxPool } from "./sandbox/pool.ts";
import type { Settings } from "./settings.ts";
import { createTelemetry } from "./telemetry.ts";

export interface Backend {
  /** Where it listens, as `http://host:port`. */
  url: string;
  /** Takes no new requests, lets those under way end for a while, closes everything. Under 5 s. */
  close(): Promise<void>;
}

/** How long requests under way may go on after the service was told to stop. */
const drain_ms = 3_000;
const closePools_ms = 1_000;

/** Opens database, sandbox and assistant and then listens. @throws Error with one line for the user */
export async function startBackend(settings: Settings, signal?: AbortSignal): Promise<Backend> {
  const telemetry = createTelemetry();
  const activity = createActivity();
  const database = await openDatabase(settings, signal);
  const faults = settings.faults ? createFaults({ database }) : undefined;
  const pool = await openSandboxPool(settings);
  const sandbox = faults === undefined ? pool : withSandboxFaults(pool, faults);
  const assistant = openAssistant(settings, telemetry);
  const endObserving = telemetry.observe({ sandboxAvailable: sandbox.available, sandboxSize: sandbox.size, activeUsers: activity.users, activeSessions: activity.sessions });

  let stopping = false;
  const app = createApp(settings, { database, sandbox, assistant, activity, telemetry, faults, sessionDays: settings.sessionDays, stopping: () => stopping });
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000 }, (req, res) => {
    rememberServerSpan(req);
    if (stopping) res.setHeader("Connection", "close");
    app(req, res);
  });
  const closePools = async (): Promise<void> => {
    endObserving();
    faults?.allOff();
    await within(closePools_ms, Promise.allSettled([sandbox.close(), database.end()]));
  };

  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(settings.port, settings.host, resolve);
    });
  } catch (error) {
    await closePools();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw new Error(`port ${settings.port} is taken (setting PORT)`, { cause: error });
    throw new Error(`cannot listen on ${settings.host}:${settings.port}: ${(error as Error).message} (settings HOST, PORT)`, { cause: error });
  }

  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`,
    async close() {
      stopping = true;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      // Connections that become idle while draining would otherwise stay open until their keep-alive ends.
      const idle = setInterval(() => server.closeIdleConnections(), 100);
      await within(drain_ms, closed);
      clearInterval(idle);
      await closePools();
      server.closeAllConnections();
    },
  };
}

async function within(limit_ms: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit_ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
